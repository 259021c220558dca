// kera.h: streams and the node.
#include "client/abi/abi.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

namespace {

Result<void> check_lanes(std::int32_t lanes) {
    constexpr std::int32_t kLanesMax = 65'535;
    if (lanes < 0 || lanes > kLanesMax) {
        return fail(ErrorCode::invalid_argument, "lanes", kLanesMax, lanes);
    }
    return {};
}

// `lowest` is what the caller may leave to the stream, or 0.
Result<void> check_ack_level(std::int32_t ack_level, std::int32_t lowest) {
    if (ack_level < lowest || ack_level > kAckLevelMax) {
        return fail(ErrorCode::invalid_argument, "ack_level_min", kAckLevelMax, ack_level);
    }
    return {};
}

Result<StreamSettings> to_settings(const kera_stream& given) {
    KERA_TRY(check_lanes(given.lanes));
    KERA_TRY(check_ack_level(given.ack_level_min, 0));
    if (given.timestamp_type < 0 || given.timestamp_type > 1) {
        return fail(ErrorCode::invalid_argument, "timestamp_type", 1, given.timestamp_type);
    }
    StreamSettings settings;
    settings.streamlets = given.streamlets;
    settings.lanes = static_cast<std::uint16_t>(given.lanes);
    settings.ack_level_min = static_cast<AckLevel>(given.ack_level_min);
    settings.timestamp_type = static_cast<std::uint8_t>(given.timestamp_type);
    settings.segment_bytes_max = given.segment_bytes_max;
    settings.group_segments = given.group_segments;
    settings.retention_ms = given.retention_ms;
    settings.retention_bytes = given.retention_bytes;
    return settings;
}

void write_stream(const StreamAnswer& answer, kera_stream* out) {
    const StreamSettings& settings = answer.settings;
    kera_stream stream{};
    stream.streamlets = settings.streamlets;
    stream.lanes = settings.lanes;
    stream.ack_level_min = static_cast<std::int32_t>(settings.ack_level_min);
    stream.timestamp_type = settings.timestamp_type;
    stream.segment_bytes_max = settings.segment_bytes_max;
    stream.group_segments = settings.group_segments;
    stream.term = answer.term.value();
    stream.retention_ms = settings.retention_ms;
    stream.retention_bytes = settings.retention_bytes;
    stream.id = answer.stream.value();
    abi::write_text(answer.name, stream.name);
    abi::write_sized(stream, out);
}

// Asks with an Admin, and writes the stream that is answered.
template <class Ask>
int32_t ask_stream(kera_client* client, kera_stream* out, kera_error* error, Ask&& ask) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(out, "stream"));
        Admin admin(*client->client);
        KERA_TRY_ASSIGN(const StreamAnswer answer, ask(admin));
        write_stream(answer, out);
        return {};
    });
}

Result<AlterStream> to_changes(std::int64_t stream_id, std::int32_t lanes,
                               std::int32_t ack_level_min, std::int64_t retention_ms,
                               std::int64_t retention_bytes) {
    constexpr std::int32_t kUnchanged = -1;
    KERA_TRY(check_lanes(lanes));
    KERA_TRY(check_ack_level(ack_level_min, kUnchanged));
    AlterStream changes;
    changes.stream = StreamId(stream_id);
    changes.lanes = static_cast<std::uint16_t>(lanes);
    changes.ack_level_min =
        ack_level_min < 0 ? AlterStream::kAckUnchanged : static_cast<std::uint8_t>(ack_level_min);
    changes.retention_ms = retention_ms;
    changes.retention_bytes = retention_bytes;
    return changes;
}

}  // namespace

void kera_stream_init(kera_stream* stream, size_t struct_bytes) {
    const StreamSettings defaults;
    kera_stream filled{};
    filled.streamlets = defaults.streamlets;
    filled.lanes = defaults.lanes;
    filled.ack_level_min = static_cast<std::int32_t>(defaults.ack_level_min);
    filled.timestamp_type = defaults.timestamp_type;
    filled.retention_ms = defaults.retention_ms;
    filled.retention_bytes = defaults.retention_bytes;
    filled.id = -1;
    abi::init_sized(filled, stream, struct_bytes);
}

int32_t kera_stream_create(kera_client* client, const char* name, kera_stream* stream,
                           int64_t timeout_ns, kera_error* error) {
    return ask_stream(client, stream, error, [&](Admin& admin) -> Result<StreamAnswer> {
        KERA_TRY(abi::refuse_null(name, "name"));
        const kera_stream* const given = stream;
        KERA_TRY_ASSIGN(const kera_stream taken, abi::read_sized(given, kera_stream_init));
        KERA_TRY_ASSIGN(const StreamSettings settings, to_settings(taken));
        return admin.create_stream(name, settings, timeout_ns);
    });
}

int32_t kera_stream_describe(kera_client* client, const char* name, kera_stream* stream,
                             int64_t timeout_ns, kera_error* error) {
    return ask_stream(client, stream, error, [&](Admin& admin) -> Result<StreamAnswer> {
        KERA_TRY(abi::refuse_null(name, "name"));
        return admin.describe_stream(std::string(name), timeout_ns);
    });
}

int32_t kera_stream_describe_id(kera_client* client, int64_t stream_id, kera_stream* stream,
                                int64_t timeout_ns, kera_error* error) {
    return ask_stream(client, stream, error, [&](Admin& admin) {
        return admin.describe_stream(StreamId(stream_id), timeout_ns);
    });
}

int32_t kera_stream_alter(kera_client* client, int64_t stream_id, int32_t lanes,
                          int32_t ack_level_min, int64_t retention_ms, int64_t retention_bytes,
                          kera_stream* stream, int64_t timeout_ns, kera_error* error) {
    return ask_stream(client, stream, error, [&](Admin& admin) -> Result<StreamAnswer> {
        KERA_TRY_ASSIGN(const AlterStream changes,
                        to_changes(stream_id, lanes, ack_level_min, retention_ms, retention_bytes));
        return admin.alter_stream(changes, timeout_ns);
    });
}

int32_t kera_stream_grow(kera_client* client, int64_t stream_id, int32_t streamlets,
                         kera_stream* stream, int64_t timeout_ns, kera_error* error) {
    return ask_stream(client, stream, error, [&](Admin& admin) -> Result<StreamAnswer> {
        // In an alteration 0 stands for "unchanged".
        if (streamlets < 1) {
            return fail(ErrorCode::invalid_argument, "streamlets", 1, streamlets);
        }
        return admin.grow_stream(StreamId(stream_id), streamlets, timeout_ns);
    });
}

int32_t kera_stream_delete(kera_client* client, int64_t stream_id, int64_t timeout_ns,
                           kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        return Admin(*client->client).delete_stream(StreamId(stream_id), timeout_ns);
    });
}

int32_t kera_stream_list(kera_client* client, kera_listed_stream* streams, size_t capacity,
                         size_t* count, int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(count, "count"));
        if (capacity > 0) {
            KERA_TRY(abi::refuse_null(streams, "streams"));
        }
        KERA_TRY_ASSIGN(const StreamListAnswer answer,
                        Admin(*client->client).list_streams(timeout_ns));
        *count = answer.streams.size();
        for (std::size_t at = 0; at < std::min(capacity, answer.streams.size()); ++at) {
            const StreamListAnswer::Entry& entry = answer.streams[at];
            streams[at].id = entry.stream.value();
            streams[at].streamlets = entry.streamlets;
            streams[at].reserved = 0;
            abi::write_text(entry.name, streams[at].name);
        }
        return {};
    });
}

int32_t kera_stream_find_offset(kera_client* client, int64_t stream_id, int32_t streamlet,
                                int64_t timestamp_ms, int64_t* offset, int64_t timeout_ns,
                                kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(offset, "offset"));
        KERA_TRY_ASSIGN(const Offset found,
                        Admin(*client->client)
                            .list_offset(StreamId(stream_id), StreamletId(streamlet), timestamp_ms,
                                         timeout_ns));
        *offset = found.value();
        return {};
    });
}

int32_t kera_stream_delete_before(kera_client* client, int64_t stream_id, int32_t streamlet,
                                  int64_t offset, int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(Admin(*client->client)
                     .delete_before(StreamId(stream_id), StreamletId(streamlet), Offset(offset),
                                    timeout_ns));
        return {};
    });
}

int32_t kera_node_describe(kera_client* client, kera_node* node, kera_counter* counters,
                           size_t capacity, size_t* count, int64_t timeout_ns, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(client, "client"));
        KERA_TRY(abi::refuse_null(node, "node"));
        if (capacity > 0) {
            KERA_TRY(abi::refuse_null(counters, "counters"));
        }
        KERA_TRY_ASSIGN(const DescribeNodeAnswer answer,
                        Admin(*client->client).describe_node(timeout_ns));
        kera_node filled{};
        filled.id = answer.node.value();
        filled.reactors = answer.reactor_count;
        filled.arena_bytes = answer.arena_bytes;
        filled.arena_used_bytes = answer.arena_used_bytes;
        abi::write_sized(filled, node);
        for (std::size_t at = 0; at < std::min(capacity, answer.counters.size()); ++at) {
            counters[at].value = answer.counters[at].value;
            abi::write_text(answer.counters[at].label, counters[at].label);
        }
        if (count != nullptr) {
            *count = answer.counters.size();
        }
        return {};
    });
}
