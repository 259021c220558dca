// The same load over one streamlet and over five thousand: the cost of their number in throughput,
// and in memory while they are idle. The limit is the single streamlet on the same node, with as
// many chunks in flight as are fastest.
#include <algorithm>
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kStreamletsValueBytes = 1_KiB;
constexpr std::uint32_t kStreamletsChunkBytes = 16_KiB;
// Of one streamlet. One alone may need more to keep client and broker busy.
constexpr std::uint32_t kChunksInFlight = 64_KiB / kStreamletsChunkBytes;
constexpr std::uint32_t kChunksInFlightDeep = 64;
constexpr std::uint64_t kRecordsPerTurn =
    (kStreamletsChunkBytes - kChunkHeaderBytes) / record_bytes(kStreamletsValueBytes);

NodeOptions node_options(const Scale& scale, std::uint64_t arena_bytes) {
    NodeOptions options;
    options.folder = scale.folder;
    options.arena_bytes = arena_bytes;
    return options;
}

// KiB per idle streamlet that got one record: the node's memory before and after. Of the arena,
// only what the pool has given out counts.
double idle_streamlet_kib(const Scale& scale) {
    Node node(node_options(scale, std::uint64_t{scale.streamlets_max} * 128_KiB + 64_MiB));
    Session session(node.shm_uri());
    ProducerOptions options;
    options.acks = AckLevel::leader;
    options.chunk_bytes = 1_KiB;
    Producer& producer = session.open_producer(options);
    const std::uint64_t before = node.resident_bytes() + node.pool_used_bytes();
    StreamSettings settings;
    settings.streamlets = static_cast<std::int32_t>(scale.streamlets_max);
    const StreamHandle handle = must(
        producer.attach(session.create_stream("idle", settings), settings.streamlets), "attach");
    for (std::int32_t streamlet = 0; streamlet < settings.streamlets; ++streamlet) {
        must(producer.claim(handle, StreamletId(streamlet), 100), "claim");
        producer.commit();
    }
    must(producer.flush(now_ns() + kPatienceNs), "flush");
    const std::uint64_t after = node.resident_bytes() + node.pool_used_bytes();
    return static_cast<double>(after - before) / scale.streamlets_max / 1024;
}

class Streamlets final : public Case {
  public:
    explicit Streamlets(const Scale& scale)
        : scale_(scale),
          node_(node_options(scale, scale.memory_bytes)),
          session_(node_.shm_uri()),
          one_(attach("one", 1, scale.memory_bytes / 4, kChunksInFlight)),
          one_deep_(attach("one_deep", 1, scale.memory_bytes / 4, kChunksInFlightDeep)),
          many_(attach("many", static_cast<std::int32_t>(scale.streamlets_max), 128_KiB,
                       kChunksInFlight)) {}

    std::vector<Metric> metrics() const override {
        return {{"", "GB/s", {Bound::ratio_at_least, 0.85}},
                {"idle_memory", "KiB", {Bound::at_most, 80}}};
    }

    std::string conditions() const override {
        return std::to_string(scale_.streamlets_max) +
               " streamlets in turn, 15 records of 1 KiB each time in a chunk of 16 KiB, over "
               "shared "
               "memory, at most 64 KiB in flight for each, idempotent, acked `leader`, one reactor "
               "in "
               "another process (idle strategy backoff), pages " +
               node_.pages() +
               "; limit: the same to one streamlet, the faster of 4 and of 64 chunks in flight; "
               "idle_memory: resident and pool memory of a "
               "node "
               "for each streamlet that got one record of 100 B and nothing since";
    }

    Values ours() override {
        const double gb_per_s = produce(many_);
        return {gb_per_s, idle_streamlet_kib(scale_)};
    }

    std::string limit_name() const override { return "streamlet"; }

    Values limit() override { return {std::max(produce(one_), produce(one_deep_)), kNotMeasured}; }

  private:
    struct Target {
        Producer* producer = nullptr;
        StreamHandle handle;
        std::int32_t streamlets = 0;
    };

    // At most `chunks_max` chunks of one streamlet are in flight.
    Target attach(const char* name, std::int32_t streamlets, std::uint64_t retained_bytes,
                  std::uint32_t chunks_max) {
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.chunk_bytes = kStreamletsChunkBytes;
        options.streamlet_chunks_max = chunks_max;
        options.on_batch = [this](const BatchOutcome& outcome) {
            failed_ = failed_ || outcome.error.code != ErrorCode::ok;
        };
        Producer& producer = session_.open_producer(options);
        StreamSettings settings;
        settings.streamlets = streamlets;
        settings.retention_bytes = static_cast<std::int64_t>(retained_bytes);
        if (streamlets > 1) {
            settings.segment_bytes_max = 64_KiB;
            settings.group_segments = 1;
        }
        const StreamId stream = session_.create_stream(name, settings);
        return {&producer, must(producer.attach(stream, streamlets), "attach"), streamlets};
    }

    double produce(const Target& target) {
        const std::vector<std::byte> value(kStreamletsValueBytes, std::byte{0x5A});
        std::uint64_t records = 0;
        const std::int64_t from_ns = now_ns();
        while (now_ns() - from_ns < scale_.round_ns) {
            for (std::int32_t streamlet = 0; streamlet < target.streamlets; ++streamlet) {
                write_chunk(target, StreamletId(streamlet), value);
                records += kRecordsPerTurn;
            }
        }
        must(target.producer->flush(now_ns() + kPatienceNs), "flush");
        if (failed_) {
            fail_bench("a batch was refused");
        }
        return static_cast<double>(records * kStreamletsValueBytes) /
               static_cast<double>(now_ns() - from_ns);
    }

    void write_chunk(const Target& target, StreamletId streamlet, const Bytes& value) {
        for (std::uint64_t record = 0; record < kRecordsPerTurn; ++record) {
            const Claim claim = must(
                target.producer->claim(target.handle, streamlet, kStreamletsValueBytes), "claim");
            copy_bytes(claim.value.data(), value.data(), value.size());
            target.producer->commit();
        }
    }

    Scale scale_;
    Node node_;
    Session session_;
    bool failed_ = false;
    Target one_;
    Target one_deep_;
    Target many_;
};

}  // namespace

std::unique_ptr<Case> make_streamlets_5000(const Scale& scale) {
    return std::make_unique<Streamlets>(scale);
}

}  // namespace kera::bench
