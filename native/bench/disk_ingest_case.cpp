// One TCP producer against a node that keeps everything, for several times the arena: what the disk
// takes in the long run, how long acknowledgements take meanwhile, and what the device writes for
// each byte. Each round begins with an empty folder, and ends when the node has stopped cleanly.
#include <algorithm>
#include <array>
#include <deque>
#include <filesystem>
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/device_bytes.hpp"
#include "bench/disk_limits.hpp"
#include "bench/histogram.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kIngestValueBytes = 1_KiB;
constexpr std::int32_t kIngestStreamlets = 8;
constexpr std::uint64_t kTimesTheArena = 10;

// A producer over streamlets in turn, and the age of each chunk's first record at its answer.
class IngestLoad {
  public:
    explicit IngestLoad(Node& node) : session_(node.tcp_uri()) {
        StreamSettings settings;
        settings.streamlets = kIngestStreamlets;
        const StreamId stream = session_.create_stream("ingested", settings);
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.chunk_bytes = 64_KiB;
        options.on_batch = [this](const BatchOutcome& outcome) { on_batch(outcome); };
        producer_ = &session_.open_producer(options);
        handle_ = must(producer_->attach(stream, kIngestStreamlets), "attach");
    }

    void write(std::uint64_t bytes) {
        for (std::uint64_t record = 0; record < bytes / kIngestValueBytes; ++record) {
            const auto at = static_cast<std::size_t>(record % kIngestStreamlets);
            Result<Claim> claim = producer_->claim(
                handle_, StreamletId(static_cast<std::int32_t>(at)), kIngestValueBytes);
            must(std::move(claim), "claim");
            written_ns_[at].push_back(now_ns());
            producer_->commit();
        }
        must(producer_->flush(now_ns() + kPatienceNs), "flush");
    }
    double p99_ms() const { return static_cast<double>(ages_.percentile_ns(0.99)) / 1e6; }

  private:
    void on_batch(const BatchOutcome& outcome) {
        if (outcome.error.code != ErrorCode::ok) {
            fail_bench("batch: " + describe(outcome.error));
        }
        auto& waiting = written_ns_[static_cast<std::size_t>(outcome.streamlet.value())];
        ages_.record(now_ns() - waiting.front());
        waiting.erase(waiting.begin(), waiting.begin() + outcome.record_count);
    }

    Session session_;
    Producer* producer_ = nullptr;
    StreamHandle handle_;
    std::array<std::deque<std::int64_t>, kIngestStreamlets> written_ns_;
    Histogram ages_;
};

class DiskIngest final : public Case {
  public:
    explicit DiskIngest(const Scale& scale)
        : scale_(scale), data_folder_(scale.folder + "/disk_ingest") {}
    ~DiskIngest() override { std::filesystem::remove_all(data_folder_); }

    std::vector<Metric> metrics() const override {
        return {{"", "MB/s", {Bound::ratio_at_least, 0.85}},
                {"ack_p99", "ms", {Bound::at_most, 50}},
                {"write_amplification", "device bytes / payload byte", {Bound::at_most, 1.1}},
                {"broker_cpu", "s/GB", {}}};
    }

    std::string conditions() const override {
        return "TCP loopback, one producer driven by its caller, 1 KiB records in chunks of 64 "
               "KiB, " +
               std::to_string(kIngestStreamlets) +
               " streamlets, acked `leader`, everything kept, " +
               std::to_string(total_bytes() >> 20U) + " MiB into an arena of " +
               std::to_string(arena_bytes() >> 20U) +
               " MiB, in files of the page cache; until the last acknowledgement; the device's "
               "bytes until the node has stopped and all is synced; limit: fio, direct, "
               "sequential, 1 MiB, 8 in flight, as many bytes";
    }

    Values ours() override {
        std::filesystem::remove_all(data_folder_);
        std::filesystem::create_directories(data_folder_);
        sync_folder(scale_.folder);
        const std::uint64_t device_from = device_written_bytes(scale_.folder);
        NodeOptions options;
        options.folder = scale_.folder;
        options.data_folder = data_folder_;
        options.arena_bytes = arena_bytes();
        auto node = std::make_unique<Node>(options);
        double seconds = 0;
        double p99_ms = 0;
        double cpu_s = 0;
        {
            IngestLoad load(*node);
            const double cpu_from_s = node->cpu_seconds();
            const std::int64_t from_ns = now_ns();
            load.write(total_bytes());
            seconds = static_cast<double>(now_ns() - from_ns) * 1e-9;
            cpu_s = node->cpu_seconds() - cpu_from_s;
            p99_ms = load.p99_ms();
        }
        node.reset();
        sync_folder(scale_.folder);
        const auto device = static_cast<double>(device_written_bytes(scale_.folder) - device_from);
        std::filesystem::remove_all(data_folder_);
        const auto bytes = static_cast<double>(total_bytes());
        return {bytes / seconds * 1e-6, p99_ms, device > 0 ? device / bytes : kNotMeasured,
                cpu_s / bytes * 1e9};
    }

    std::string limit_name() const override { return "fio direct"; }

    Values limit() override {
        return {fio_write_sequentially_mb_per_s(scale_.folder, total_bytes())};
    }

  private:
    std::uint64_t arena_bytes() const noexcept {
        return std::max<std::uint64_t>(scale_.disk_bytes / 8, 16_MiB);
    }
    std::uint64_t total_bytes() const noexcept { return kTimesTheArena * arena_bytes(); }

    Scale scale_;
    std::string data_folder_;
};

}  // namespace

std::unique_ptr<Case> make_disk_ingest_1k(const Scale& scale) {
    return std::make_unique<DiskIngest>(scale);
}

}  // namespace kera::bench
