// Kills a node under full load, again and again: how long until the next one takes an append and
// serves it, and how many records are gone that were acknowledged in memory.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/random.hpp"
#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kRestartValueBytes = 1_KiB;
constexpr std::uint64_t kLoadBytesMost = 64_MiB;
constexpr std::uint64_t kArenaBeyondBytes = 1_GiB;
constexpr int kKillsInARound = 10;
constexpr int kKillsInASmokeTest = 2;

class RestartAfterKill final : public Case {
  public:
    explicit RestartAfterKill(const Scale& scale)
        : scale_(scale), data_folder_(scale.folder + "/restart") {
        std::filesystem::remove_all(data_folder_);
        start();
        stream_ = session_->create_stream("killed", StreamSettings{});
        session_->fill(stream_, kRestartValueBytes, scale.disk_bytes, AckLevel::leader);
    }
    ~RestartAfterKill() override {
        session_.reset();
        node_.reset();
        std::filesystem::remove_all(data_folder_);
    }

    std::vector<Metric> metrics() const override {
        return {{"", "s", {Bound::at_most, 1}},
                {"slowest", "s", {}},
                {"lost", "records", {Bound::at_most, 0}}};
    }

    std::string conditions() const override {
        return std::to_string(scale_.disk_bytes >> 20U) +
               " MiB kept before the first kill; one producer over shared memory, 1 KiB records in "
               "chunks of 64 KiB, acked `leader`, killed with SIGKILL after at most 64 MiB more; " +
               std::to_string(kills()) +
               " kills in a round: their median and slowest; from starting the process until an "
               "append is acknowledged and read; arena not touched ahead";
    }

    Values ours() override {
        std::vector<double> seconds;
        std::uint64_t lost = 0;
        for (int kill = 0; kill < kills(); ++kill) {
            const Offset acknowledged = load_and_kill();
            const std::int64_t from_ns = now_ns();
            start();
            const Offset end = append_and_read();
            seconds.push_back(static_cast<double>(now_ns() - from_ns) * 1e-9);
            lost += static_cast<std::uint64_t>(std::max<std::int64_t>(acknowledged - end, 0));
        }
        std::ranges::sort(seconds);
        return {seconds[seconds.size() / 2], seconds.back(), static_cast<double>(lost)};
    }

  private:
    int kills() const noexcept {
        return scale_.disk_bytes < 1_GiB ? kKillsInASmokeTest : kKillsInARound;
    }

    void start() {
        session_.reset();
        node_.reset();
        NodeOptions options;
        options.folder = scale_.folder;
        options.data_folder = data_folder_;
        options.arena_bytes = scale_.disk_bytes + kArenaBeyondBytes;
        options.touched = false;
        node_ = std::make_unique<Node>(options);
        session_ = std::make_unique<Session>(node_->shm_uri());
    }

    // Returns the end of what was acknowledged.
    Offset load_and_kill() {
        const auto acknowledged = std::make_shared<Offset>(0);
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.chunk_bytes = 64_KiB;
        options.on_batch = [acknowledged](const BatchOutcome& outcome) {
            if (outcome.error.code == ErrorCode::ok) {
                *acknowledged = outcome.base_offset + outcome.record_count;
            }
        };
        Producer& producer = session_->open_producer(options);
        const StreamHandle handle = must(producer.attach(stream_, 1), "attach");
        const std::uint64_t records = 1 + random_.below(kLoadBytesMost / kRestartValueBytes);
        for (std::uint64_t record = 0; record < records; ++record) {
            const Claim claim =
                must(producer.claim(handle, StreamletId(0), kRestartValueBytes), "claim");
            std::fill(claim.value.begin(), claim.value.end(), std::byte{0x5A});
            producer.commit();
        }
        node_->kill_at_once();
        return *acknowledged;
    }

    // Returns the offset of the record that was appended.
    Offset append_and_read() {
        Offset appended(-1);
        ProducerOptions options;
        options.acks = AckLevel::leader;
        options.on_batch = [&appended](const BatchOutcome& outcome) {
            appended = outcome.base_offset;
        };
        Producer& producer = session_->open_producer(options);
        const StreamHandle handle = must(producer.attach(stream_, 1), "attach");
        must(producer.claim(handle, StreamletId(0), kRestartValueBytes), "claim");
        producer.commit();
        must(producer.flush(now_ns() + kPatienceNs), "flush");
        must(session_->client().close_producer(producer), "close producer");
        if (appended < Offset(0)) {
            fail_bench("an append after a restart was refused");
        }
        Consumer& consumer = session_->open_consumer(ConsumerOptions{});
        must(consumer.assign({stream_, StreamletId(0)}, StartAt::at(appended)), "assign");
        while (must(consumer.poll_records(1, [](const RecordView&, const RecordPlace&) {}),
                    "poll records") == 0) {
            if (!consumer.await(now_ns() + kPatienceNs)) {
                fail_bench("the record that was appended is not served");
            }
        }
        return appended;
    }

    Scale scale_;
    std::string data_folder_;
    Random random_{1};
    std::unique_ptr<Node> node_;
    std::unique_ptr<Session> session_;
    StreamId stream_;
};

}  // namespace

std::unique_ptr<Case> make_restart_after_kill(const Scale& scale) {
    return std::make_unique<RestartAfterKill>(scale);
}

}  // namespace kera::bench
