#include "broker/metrics/counter_sets.hpp"

#include <string>
#include <string_view>

#include "base/bytes.hpp"

namespace kera {
namespace {

// Allocates the counters of one thing, which share their key and the end of their label.
class Allocation {
  public:
    Allocation(Counters& table, std::string subject, Bytes key)
        : table_(table), subject_(std::move(subject)), key_(key) {}

    Counter operator()(CounterType type, std::string_view name) {
        std::string label(name);
        label += subject_;
        return table_.allocate_if_room(static_cast<std::int32_t>(type), label, key_);
    }

  private:
    Counters& table_;
    const std::string subject_;
    const Bytes key_;
};

SizeCounters allocate_batch_sizes(Counters& table, ReactorId reactor) {
    SizeCounters sizes;
    for (std::size_t bucket = 0; bucket < SizeCounters::kBuckets; ++bucket) {
        const std::int32_t least = 1 << bucket;
        std::array<std::byte, 2 * sizeof(std::int32_t)> key;
        store_le(key.data(), reactor.value());
        store_le(key.data() + sizeof(std::int32_t), least);
        Allocation allocate(
            table, " reactor=" + std::to_string(reactor.value()) + " from=" + std::to_string(least),
            key);
        sizes.buckets[bucket] =
            allocate(CounterType::reactor_batch_size, "kera.reactor.batch_size");
    }
    return sizes;
}

}  // namespace

NodeCounters NodeCounters::allocate(Counters& table) {
    Allocation make(table, "", {});
    NodeCounters counters;
    counters.pool_used_bytes = make(CounterType::pool_used_bytes, "kera.pool.used_bytes");
    counters.pool_free_bytes = make(CounterType::pool_free_bytes, "kera.pool.free_bytes");
    return counters;
}

Counter allocate_streams_set_aside(Counters& table) {
    return Allocation(table, "", {})(CounterType::streams_set_aside, "kera.streams.set_aside");
}

ReactorCounters ReactorCounters::allocate(Counters& table, ReactorId reactor) {
    std::array<std::byte, sizeof(std::int32_t)> key;
    store_le(key.data(), reactor.value());
    Allocation make(table, " reactor=" + std::to_string(reactor.value()), key);
    using Type = CounterType;
    ReactorCounters counters;
    counters.busy_ns = make(Type::reactor_busy_ns, "kera.reactor.busy_ns");
    counters.idle_ns = make(Type::reactor_idle_ns, "kera.reactor.idle_ns");
    counters.duty_cycles = make(Type::reactor_duty_cycles, "kera.reactor.duty_cycles");
    counters.mailbox_depth = make(Type::reactor_mailbox_depth, "kera.reactor.mailbox_depth");
    counters.control_depth = make(Type::reactor_control_depth, "kera.reactor.control_depth");
    counters.waiting_reads = make(Type::reactor_waiting_reads, "kera.reactor.waiting_reads");
    counters.appends = make(Type::reactor_appends, "kera.reactor.appends");
    counters.append_chunks = make(Type::reactor_append_chunks, "kera.reactor.append_chunks");
    counters.append_bytes = make(Type::reactor_append_bytes, "kera.reactor.append_bytes");
    counters.fetches = make(Type::reactor_fetches, "kera.reactor.fetches");
    counters.fetch_bytes = make(Type::reactor_fetch_bytes, "kera.reactor.fetch_bytes");
    counters.errors = make(Type::reactor_errors, "kera.reactor.errors");
    counters.internal_errors = make(Type::reactor_internal_errors, "kera.reactor.internal_errors");
    counters.connections = make(Type::reactor_connections, "kera.reactor.connections");
    counters.segments_read = make(Type::reactor_segments_read, "kera.reactor.segments_read");
    counters.segments_not_read =
        make(Type::reactor_segments_not_read, "kera.reactor.segments_not_read");
    counters.batch_size = allocate_batch_sizes(table, reactor);
    return counters;
}

LogCounters LogCounters::allocate(Counters& table, ReactorId reactor) {
    std::array<std::byte, sizeof(std::int32_t)> key;
    store_le(key.data(), reactor.value());
    Allocation make(table, " reactor=" + std::to_string(reactor.value()), key);
    using Type = CounterType;
    LogCounters counters;
    counters.files_cleaned =
        make(Type::reactor_log_files_cleaned, "kera.reactor.log_files_cleaned");
    counters.bytes_moved = make(Type::reactor_log_bytes_moved, "kera.reactor.log_bytes_moved");
    counters.files_not_cleaned =
        make(Type::reactor_log_files_not_cleaned, "kera.reactor.log_files_not_cleaned");
    return counters;
}

StreamletGauges StreamletGauges::allocate(Counters& table, StreamId stream, StreamletId streamlet) {
    std::array<std::byte, sizeof(std::int64_t) + sizeof(std::int32_t)> key;
    store_le(key.data(), stream.value());
    store_le(key.data() + sizeof(std::int64_t), streamlet.value());
    Allocation make(table,
                    " stream=" + std::to_string(stream.value()) +
                        " streamlet=" + std::to_string(streamlet.value()),
                    key);
    using Type = CounterType;
    StreamletGauges counters;
    counters.bytes_in = make(Type::streamlet_bytes_in, "kera.streamlet.bytes_in");
    counters.records_in = make(Type::streamlet_records_in, "kera.streamlet.records_in");
    counters.next_offset = make(Type::streamlet_next_offset, "kera.streamlet.next_offset");
    counters.readable_head = make(Type::streamlet_readable_head, "kera.streamlet.readable_head");
    counters.start_offset = make(Type::streamlet_start_offset, "kera.streamlet.start_offset");
    return counters;
}

}  // namespace kera
