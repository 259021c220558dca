// One producer against one reactor in another process: shm_produce_100b, shm_produce_1k,
// tcp_produce_1k. The case's thread claims, writes and commits records, and drives the client.
// Latency is from the write of a record to its acknowledgement. So it includes the time until the
// chunk is full. The loop is closed, at full load.
#include <array>
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/histogram.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"
#include "bench/tcp_limits.hpp"

namespace kera::bench {

namespace {

struct Shape {
    bool tcp = false;
    std::uint32_t value_bytes = 0;
    std::uint32_t chunk_bytes = 0;
    // The unit of the first row: records, or bytes.
    std::string unit;
    Target target;
    Target broker_cpu;
};

// The write times of every 64th record, until its acknowledgement.
class WriteTimes {
  public:
    static constexpr std::uint64_t kEvery = 64;

    void wrote(std::uint64_t record) { at(record) = now_ns(); }
    std::int64_t age_ns(std::uint64_t record) const {
        return now_ns() - times_[(record / kEvery) % times_.size()];
    }

  private:
    std::int64_t& at(std::uint64_t record) { return times_[(record / kEvery) % times_.size()]; }
    std::vector<std::int64_t> times_ = std::vector<std::int64_t>(1U << 16U);
};

class Produce final : public Case {
  public:
    Produce(const Scale& scale, const Shape& shape)
        : scale_(scale),
          shape_(shape),
          node_(node_options(scale)),
          session_(shape.tcp ? node_.tcp_uri() : node_.shm_uri()),
          value_(shape.value_bytes) {
        StreamSettings settings;
        settings.retention_bytes = static_cast<std::int64_t>(scale.memory_bytes / 2);
        const StreamId stream = session_.create_stream("produced", settings);
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.chunk_bytes = shape.chunk_bytes;
        options.on_batch = [this](const BatchOutcome& outcome) { on_batch(outcome); };
        producer_ = &session_.open_producer(options);
        stream_ = must(producer_->attach(stream, 1), "attach");
    }

    std::vector<Metric> metrics() const override {
        return {{"", shape_.unit, shape_.target},
                {"broker_cpu", "s/GB", shape_.broker_cpu},
                {"client_cpu", "s/GB", {}},
                {"ack_p50", "us", {}},
                {"ack_p99", "us", {}},
                {"ack_p99.9", "us", {}},
                {"ack_max", "us", {}},
                {"broker_peak_memory", "MB", {}}};
    }

    std::string conditions() const override {
        return std::string(shape_.tcp ? "TCP loopback" : "shared memory") +
               ", one idempotent producer driven by its caller, one reactor in another process "
               "(idle strategy backoff), records of " +
               std::to_string(shape_.value_bytes) + " B in chunks of " +
               std::to_string(shape_.chunk_bytes >> 10U) +
               " KiB, one streamlet, up to five chunks in flight, acked `leader`, arena " +
               std::to_string(scale_.memory_bytes >> 20U) + " MiB, pages " + node_.pages() +
               (shape_.tcp ? "; limit: the fastest of several bare TCP streams" : "");
    }

    Values ours() override {
        latencies_.clear();
        const double broker_from_s = node_.cpu_seconds();
        const std::int64_t client_from_ns = thread_cpu_ns();
        const std::int64_t from_ns = now_ns();
        const std::uint64_t first = written_;
        while (now_ns() - from_ns < scale_.round_ns) {
            write_some();
        }
        must(producer_->flush(now_ns() + kPatienceNs), "flush");
        const auto spent_ns = static_cast<double>(now_ns() - from_ns);
        if (acked_ != written_) {
            fail_bench("records without acknowledgement");
        }
        const auto records = static_cast<double>(written_ - first);
        const double gigabytes = records * shape_.value_bytes * 1e-9;
        const double broker_s = node_.cpu_seconds() - broker_from_s;
        const double client_s = static_cast<double>(thread_cpu_ns() - client_from_ns) * 1e-9;
        const bool of_records = shape_.unit != "GB/s";
        return {of_records ? records / spent_ns * 1e3 : gigabytes * 1e9 / spent_ns,
                broker_s / gigabytes,
                client_s / gigabytes,
                micros(0.50),
                micros(0.99),
                micros(0.999),
                static_cast<double>(latencies_.max_ns()) / 1e3,
                static_cast<double>(node_.peak_resident_bytes()) / 1e6};
    }

    std::string limit_name() const override { return "stream"; }

    Values limit() override {
        return shape_.tcp ? Values{fastest_tcp_stream_gb_per_s(scale_.round_ns)} : Values{};
    }

  private:
    static NodeOptions node_options(const Scale& scale) {
        NodeOptions options;
        options.folder = scale.folder;
        options.arena_bytes = scale.memory_bytes;
        return options;
    }

    void write_some() {
        times_.wrote(written_);
        for (std::uint64_t count = 0; count < WriteTimes::kEvery; ++count) {
            Result<Claim> claim = producer_->claim(stream_, StreamletId(0), shape_.value_bytes);
            if (!claim.ok()) [[unlikely]] {
                fail_bench("claim: " + describe(claim.error()));
            }
            store_le(value_.data(), written_);
            copy_bytes(claim->value.data(), value_.data(), value_.size());
            producer_->commit();
            ++written_;
        }
    }

    void on_batch(const BatchOutcome& outcome) {
        if (outcome.error.code != ErrorCode::ok) {
            fail_bench("batch: " + describe(outcome.error));
        }
        latencies_.record(times_.age_ns(acked_));
        acked_ += outcome.record_count;
    }

    double micros(double fraction) const {
        return static_cast<double>(latencies_.percentile_ns(fraction)) / 1e3;
    }

    Scale scale_;
    Shape shape_;
    Node node_;
    Session session_;
    std::vector<std::byte> value_;
    WriteTimes times_;
    Histogram latencies_;
    std::uint64_t written_ = 0;
    std::uint64_t acked_ = 0;
    Producer* producer_ = nullptr;
    StreamHandle stream_;
};

}  // namespace

std::unique_ptr<Case> make_shm_produce_100b(const Scale& scale) {
    return std::make_unique<Produce>(
        scale, Shape{false, 100, 16_KiB, "million/s", {Bound::at_least, 15}, {}});
}

std::unique_ptr<Case> make_shm_produce_1k(const Scale& scale) {
    return std::make_unique<Produce>(
        scale, Shape{false, 1_KiB, 16_KiB, "GB/s", {Bound::at_least, 2.5}, {}});
}

std::unique_ptr<Case> make_tcp_produce_1k(const Scale& scale) {
    return std::make_unique<Produce>(
        scale,
        Shape{true, 1_KiB, 64_KiB, "GB/s", {Bound::ratio_at_least, 0.35}, {Bound::at_most, 0.5}});
}

}  // namespace kera::bench
