// Chunks of 64 KiB, acknowledged when they are on stable storage, eight in flight. The limit is
// fio with blocks of this size on the same disk: the faster of eight durable writes in flight, and
// of a sync after every eight.
#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/disk_limits.hpp"
#include "bench/histogram.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kDiskAcksChunkBytes = 64_KiB;
constexpr std::uint32_t kDiskAcksValueBytes =
    kDiskAcksChunkBytes - kChunkHeaderBytes - kRecordHeaderBytes;
constexpr std::uint32_t kInFlight = 8;

class DiskAcks final : public Case {
  public:
    explicit DiskAcks(const Scale& scale)
        : scale_(scale), node_(node_options(scale)), session_(node_.shm_uri()) {
        StreamSettings settings;
        settings.streamlets = kInFlight;
        settings.retention_bytes = static_cast<std::int64_t>(scale.memory_bytes / 4 / kInFlight);
        const StreamId stream = session_.create_stream("synced", settings);
        ProducerOptions options;
        options.acks = AckLevel::disk;
        options.chunk_bytes = kDiskAcksChunkBytes;
        options.on_batch = [this](const BatchOutcome& outcome) {
            failed_ = failed_ || outcome.error.code != ErrorCode::ok;
            latencies_.record(now_ns() - sent_ns_[acked_ % kInFlight]);
            ++acked_;
        };
        producer_ = &session_.open_producer(options);
        handle_ = must(producer_->attach(stream, settings.streamlets), "attach");
    }

    std::vector<Metric> metrics() const override {
        return {{"", "MB/s", {Bound::ratio_at_least, 0.80}},
                {"ack_p50", "us", {}},
                {"ack_p99", "us", {}},
                {"ack_max", "us", {}},
                {"broker_cpu", "s/GB", {}}};
    }

    std::string conditions() const override {
        return "shared memory, one idempotent producer driven by its caller, one record of " +
               std::to_string(kDiskAcksValueBytes) +
               " B in each chunk of 64 KiB, 8 in flight over 8 streamlets, acked `disk`, pages " +
               node_.pages() +
               "; limit: fio, one file of 256 MiB, 64 KiB writes, the faster of libaio with 8 "
               "direct "
               "durable writes in flight over written blocks, and of psync into reserved space "
               "with fdatasync after every 8";
    }

    Values ours() override {
        latencies_.clear();
        const std::vector<std::byte> value(kDiskAcksValueBytes, std::byte{0x5A});
        const double broker_from_s = node_.cpu_seconds();
        const std::int64_t from_ns = now_ns();
        const std::uint64_t first = sent_;
        while (now_ns() - from_ns < scale_.round_ns) {
            await([this] { return sent_ - acked_ < kInFlight; });
            send(value);
        }
        await([this] { return sent_ == acked_; });
        const auto spent_ns = static_cast<double>(now_ns() - from_ns);
        const auto bytes = static_cast<double>((sent_ - first) * kDiskAcksValueBytes);
        return {bytes / spent_ns * 1e3, micros(0.50), micros(0.99),
                static_cast<double>(latencies_.max_ns()) / 1e3,
                (node_.cpu_seconds() - broker_from_s) / bytes * 1e9};
    }

    std::string limit_name() const override { return "fastest fio"; }

    Values limit() override {
        const double in_turn = fio_write_and_sync_mb_per_s(scale_.folder, kDiskAcksChunkBytes,
                                                           kInFlight, scale_.round_ns);
        return {std::max(in_turn, fio_write_durably_mb_per_s(scale_.folder, kDiskAcksChunkBytes,
                                                             kInFlight, scale_.round_ns))};
    }

  private:
    static NodeOptions node_options(const Scale& scale) {
        NodeOptions options;
        options.folder = scale.folder;
        options.data_folder = scale.folder + "/disk_acks";
        options.arena_bytes = scale.memory_bytes;
        return options;
    }

    void send(const Bytes& value) {
        const StreamletId streamlet(static_cast<std::int32_t>(sent_ % kInFlight));
        sent_ns_[sent_ % kInFlight] = now_ns();
        const Claim claim =
            must(producer_->claim(handle_, streamlet, kDiskAcksValueBytes), "claim");
        copy_bytes(claim.value.data(), value.data(), value.size());
        producer_->commit();
        ++sent_;
    }

    template <class Done>
    void await(Done&& done) {
        const std::int64_t until_ns = now_ns() + kPatienceNs;
        while (!done()) {
            session_.client().poll();
            if (failed_ || now_ns() > until_ns) {
                fail_bench("a batch was refused or never acknowledged");
            }
        }
    }

    double micros(double fraction) const {
        return static_cast<double>(latencies_.percentile_ns(fraction)) / 1e3;
    }

    Scale scale_;
    Node node_;
    Session session_;
    Producer* producer_ = nullptr;
    StreamHandle handle_;
    Histogram latencies_;
    std::array<std::int64_t, kInFlight> sent_ns_{};
    std::uint64_t sent_ = 0;
    std::uint64_t acked_ = 0;
    bool failed_ = false;
};

}  // namespace

std::unique_ptr<Case> make_disk_acks_64k(const Scale& scale) {
    return std::make_unique<DiskAcks>(scale);
}

}  // namespace kera::bench
