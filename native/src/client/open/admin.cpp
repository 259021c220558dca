// The questions themselves. See admin.hpp.
#include "client/open/admin.hpp"

namespace kera {

Result<StreamAnswer> Admin::create_stream(const std::string& name, const StreamSettings& settings,
                                          std::int64_t timeout_ns) {
    CreateStream message;
    message.name = name;
    message.settings = settings;
    return call<StreamAnswer>(message, timeout_ns);
}

Result<StreamAnswer> Admin::alter_stream(const AlterStream& changes, std::int64_t timeout_ns) {
    return call<StreamAnswer>(changes, timeout_ns);
}

Result<StreamAnswer> Admin::grow_stream(StreamId stream, std::int32_t streamlets,
                                        std::int64_t timeout_ns) {
    AlterStream changes;
    changes.stream = stream;
    changes.streamlets = streamlets;
    return alter_stream(changes, timeout_ns);
}

Result<void> Admin::delete_stream(StreamId stream, std::int64_t timeout_ns) {
    DeleteStream message;
    message.stream = stream;
    KERA_TRY(call<DoneAnswer>(message, timeout_ns));
    return {};
}

Result<StreamListAnswer> Admin::list_streams(std::int64_t timeout_ns) {
    StreamListAnswer all;
    StreamListAnswer page;
    ListStreams next;
    do {
        KERA_TRY_ASSIGN(page, call<StreamListAnswer>(next, timeout_ns));
        // A page without progress would be asked for again and again.
        if (page.streams.empty() || page.streams.back().stream <= next.after) {
            break;
        }
        next.after = page.streams.back().stream;
        all.streams.insert(all.streams.end(), page.streams.begin(), page.streams.end());
    } while (page.more);
    return all;
}

Result<StreamAnswer> Admin::describe_stream(const std::string& name, std::int64_t timeout_ns) {
    if (name.empty()) {
        return fail(ErrorCode::invalid_argument, "stream_name_bytes", 1, 0);
    }
    DescribeStream message;
    message.name = name;
    return call<StreamAnswer>(message, timeout_ns);
}

Result<StreamAnswer> Admin::describe_stream(StreamId stream, std::int64_t timeout_ns) {
    DescribeStream message;
    message.stream = stream;
    return call<StreamAnswer>(message, timeout_ns);
}

Result<Offset> Admin::list_offset(StreamId stream, StreamletId streamlet, std::int64_t timestamp_ms,
                                  std::int64_t timeout_ns) {
    ListOffsets message;
    message.stream = stream;
    message.streamlet = streamlet;
    message.timestamp_ms = timestamp_ms;
    KERA_TRY_ASSIGN(const ListOffsetsAnswer answer, call<ListOffsetsAnswer>(message, timeout_ns));
    return answer.offset;
}

Result<Offset> Admin::delete_before(StreamId stream, StreamletId streamlet, Offset offset,
                                    std::int64_t timeout_ns) {
    DeleteBefore message;
    message.stream = stream;
    message.streamlet = streamlet;
    message.offset = offset;
    KERA_TRY_ASSIGN(const DoneAnswer answer, call<DoneAnswer>(message, timeout_ns));
    return Offset(answer.value);
}

Result<DescribeNodeAnswer> Admin::describe_node(std::int64_t timeout_ns) {
    return call<DescribeNodeAnswer>(DescribeNode{}, timeout_ns);
}

}  // namespace kera
