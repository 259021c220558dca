// One consumer reads a gigabyte in the broker's memory again and again, and sums every value in
// place: shm_consume_1k, tcp_consume_1k. The case's thread drives the client.
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/memory_limits.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"
#include "bench/tcp_limits.hpp"
#include "bench/touched_memory.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kConsumeValueBytes = 1_KiB;

class Consume final : public Case {
  public:
    Consume(const Scale& scale, bool tcp, const Target& target)
        : scale_(scale),
          tcp_(tcp),
          target_(target),
          node_(node_options(scale)),
          session_(tcp ? node_.tcp_uri() : node_.shm_uri()),
          records_(scale.memory_bytes / 4 / kConsumeValueBytes) {
        const StreamId stream = session_.create_stream("consumed", StreamSettings{});
        streamlet_ = {stream, StreamletId(0)};
        session_.fill(stream, kConsumeValueBytes, records_ * kConsumeValueBytes, AckLevel::leader);
        consumer_ = &session_.open_consumer(ConsumerOptions{});
        must(consumer_->assign(streamlet_, StartAt::earliest()), "assign");
    }

    std::vector<Metric> metrics() const override {
        return {{"", "GB/s", target_},
                {"broker_cpu", "s/GB", {}},
                {"client_cpu", "s/GB", {}},
                {"broker_peak_memory", "MB", {}}};
    }

    std::string conditions() const override {
        return std::string(tcp_ ? "TCP loopback" : "shared memory") +
               ", one consumer driven by its caller, fetching ahead with the client's defaults, "
               "one "
               "reactor in another process (idle strategy backoff), " +
               std::to_string(records_ * kConsumeValueBytes >> 20U) +
               " MiB of 1 KiB records in chunks of 64 KiB, one streamlet, in memory, every value "
               "summed in place, pages " +
               node_.pages() +
               (tcp_ ? "; limit: the fastest of several bare TCP streams"
                     : "; limit: reading and summing memory in order");
    }

    Values ours() override {
        const double broker_from_s = node_.cpu_seconds();
        const std::int64_t client_from_ns = thread_cpu_ns();
        const std::int64_t from_ns = now_ns();
        std::uint64_t bytes = 0;
        while (now_ns() - from_ns < scale_.round_ns) {
            bytes += read_all();
        }
        const auto spent_ns = static_cast<double>(now_ns() - from_ns);
        const double gigabytes = static_cast<double>(bytes) * 1e-9;
        return {static_cast<double>(bytes) / spent_ns,
                (node_.cpu_seconds() - broker_from_s) / gigabytes,
                static_cast<double>(thread_cpu_ns() - client_from_ns) * 1e-9 / gigabytes,
                static_cast<double>(node_.peak_resident_bytes()) / 1e6};
    }

    std::string limit_name() const override { return tcp_ ? "stream" : "limit"; }

    Values limit() override {
        if (tcp_) {
            return {fastest_tcp_stream_gb_per_s(scale_.round_ns)};
        }
        if (!region_) {
            region_ = std::make_unique<TouchedMemory>(scale_.memory_bytes / 4, Sharing::shared);
        }
        return {read_sum_gb_per_s(region_->bytes(), scale_.round_ns)};
    }

  private:
    static NodeOptions node_options(const Scale& scale) {
        NodeOptions options;
        options.folder = scale.folder;
        options.arena_bytes = scale.memory_bytes / 2;
        return options;
    }

    std::uint64_t read_all() {
        std::uint64_t bytes = 0;
        std::uint64_t sum = 0;
        for (std::uint64_t read = 0; read < records_;) {
            const int count =
                must(consumer_->poll_records(1024,
                                             [&](const RecordView& record, const RecordPlace&) {
                                                 const Bytes value = record.value();
                                                 sum += sum_words(value);
                                                 bytes += value.size();
                                             }),
                     "poll records");
            read += static_cast<std::uint64_t>(count);
            if (count == 0 && session_.client().poll() == 0 &&
                !consumer_->await(now_ns() + kPatienceNs)) {
                fail_bench("nothing arrives");
            }
        }
        keep(sum);
        must(consumer_->seek(streamlet_, StartAt::earliest()), "seek");
        return bytes;
    }

    Scale scale_;
    bool tcp_;
    Target target_;
    Node node_;
    Session session_;
    std::uint64_t records_;
    StreamletRef streamlet_;
    Consumer* consumer_ = nullptr;
    std::unique_ptr<TouchedMemory> region_;
};

}  // namespace

std::unique_ptr<Case> make_shm_consume_1k(const Scale& scale) {
    return std::make_unique<Consume>(scale, false, Target{Bound::at_least, 6});
}

std::unique_ptr<Case> make_tcp_consume_1k(const Scale& scale) {
    return std::make_unique<Consume>(scale, true, Target{Bound::ratio_at_least, 0.40});
}

}  // namespace kera::bench
