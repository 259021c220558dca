// Which groups may be deleted after a snapshot of producers, and what is in its file: on a disk and
// with a journal that a test moves by hand.
#include <gtest/gtest.h>

#include <memory>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "broker/lane/producer_snapshots.hpp"
#include "disk/sim_disk.hpp"
#include "storage/testing/storage_fixture.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {
namespace {

// A journal that is as long, and as stable, as a test says.
class ScriptedJournal final : public AppendDurability {
  public:
    Result<void> admit(AckLevel) override { return {}; }
    Position note(const Appended&, AckLevel) noexcept override { return end; }
    Position noted(AckLevel) noexcept override { return end; }
    bool is_durable(Position position) const noexcept override { return position <= stable; }
    void wait(PendingChunk&&) override {}
    int poll(DurabilityHandler&) override { return 0; }
    void forget(StreamId, DurabilityHandler&) override {}
    void leadership_ended(StreamId, StreamletId, StreamletId, DurabilityHandler&) override {}
    void closed(Segment&) noexcept override {}
    std::int64_t next_deadline_ns() const noexcept override { return kNoDeadline; }
    bool settled() const noexcept override { return true; }
    void want_all() noexcept override {}
    void serve(StreamTable&) noexcept override {}

    Position end{0};
    Position stable{0};
};

// One lane. Each chunk has two records of the same producer, and a group of its own.
class ProducersKeptTest : public StorageFixture {
  protected:
    static constexpr ProducerId kProducer{9};
    static constexpr std::int32_t kRecords = 2;

    ProducersKeptTest() : sink_before_(set_log_sink([](LogLevel, std::string_view) {})) {
        auto stream = std::make_shared<Stream>();
        stream->id = kStream;
        stream->streamlets.resize(1);
        stream->streamlets.front().streamlet = std::make_unique<Streamlet>(
            kStream, StreamletId(0), StreamletSettings{}, kTerm, memory_);
        streamlet_ = stream->streamlets.front().streamlet.get();
        EXPECT_TRUE(streamlet_->add_lane(host()).ok());
        streams_.add(std::move(stream));
    }
    ~ProducersKeptTest() override { set_log_sink(sink_before_); }

    Lane& lane() { return streamlet_->lane(LaneId(0)); }

    void append() {
        TestChunk::Shape shape;
        shape.streamlet = StreamletId(0);
        shape.producer = kProducer;
        shape.sequence = next_;
        shape.records = kRecords;
        ASSERT_TRUE(StorageFixture::append(*streamlet_, 0, shape).ok());
        lane().close_group();
        next_ = Sequence(next_.value() + kRecords);
        journal_.end = journal_.end + 100;
    }
    // Deletes what may be deleted below `start`; returns how many groups that was.
    std::size_t drop_below(std::int64_t start) {
        return lane().drop_below(snapshots_.droppable_below(*streamlet_, lane(), Offset(start)));
    }
    // Where the chunks begin whose states are in the file.
    std::vector<std::int64_t> stored() {
        const auto file = media_.find(producers_file_path(kStream, StreamletId(0), LaneId(0)));
        std::vector<std::int64_t> offsets;
        if (file == nullptr) {
            return offsets;
        }
        const auto content =
            ProducersFile::decode(file->bytes(), kStream, StreamletId(0), LaneId(0));
        for (const ProducerState& state : content.value().producers) {
            offsets.push_back(state.base_offset.value());
        }
        return offsets;
    }

    ManualClock clock_;
    Random random_{1};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
    StreamTable streams_{ReactorId(0)};
    ScriptedJournal journal_;
    ProducerSnapshots snapshots_{&disk_, streams_, journal_};
    Streamlet* streamlet_ = nullptr;
    Sequence next_{0};

  private:
    LogSink sink_before_;
};

TEST_F(ProducersKeptTest, groups_above_the_start_wait_until_the_journal_is_stable) {
    for (int i = 0; i < 4; ++i) {
        append();
    }
    EXPECT_EQ(drop_below(2), 0U);
    disk_.drain();
    EXPECT_EQ(stored(), (std::vector<std::int64_t>{0, 6}));
    EXPECT_EQ(drop_below(2), 1U);
    // The start has moved. No other snapshot can be stored.
    disk_.fail_next(DiskAction::replace, ErrorCode::disk_failed, 1'000);
    journal_.stable = journal_.end - 1;
    EXPECT_EQ(drop_below(6), 0U);
    disk_.drain();
    EXPECT_EQ(drop_below(6), 0U);
    disk_.drain();
    journal_.stable = journal_.end;
    EXPECT_EQ(drop_below(6), 2U);
    EXPECT_EQ(disk_.in_flight(), 0U);
    EXPECT_EQ(lane().groups().first(), GroupId(3));
}

TEST_F(ProducersKeptTest, what_came_after_the_snapshot_needs_another_one) {
    append();
    append();
    EXPECT_EQ(drop_below(2), 0U);
    disk_.drain();
    append();
    journal_.stable = journal_.end;
    EXPECT_EQ(drop_below(6), 2U);
    EXPECT_EQ(disk_.in_flight(), 1U);
    disk_.drain();
    EXPECT_EQ(stored(), std::vector<std::int64_t>{4});
    EXPECT_EQ(drop_below(6), 1U);
    EXPECT_TRUE(lane().groups().empty());
}

// A journal that cannot be written must not keep data that a full disk has to lose.
TEST_F(ProducersKeptTest, another_snapshot_lets_groups_below_a_later_start_go_without_the_journal) {
    for (int i = 0; i < 4; ++i) {
        append();
    }
    EXPECT_EQ(drop_below(2), 0U);
    disk_.drain();
    EXPECT_EQ(drop_below(2), 1U);
    EXPECT_EQ(drop_below(6), 0U);
    disk_.drain();
    EXPECT_EQ(stored(), (std::vector<std::int64_t>{4, 6}));
    EXPECT_EQ(drop_below(6), 2U);
}

// So many chunks a producer may have in flight, and all of them may be only in memory.
TEST_F(ProducersKeptTest, the_last_chunk_below_the_start_is_known_beside_all_in_flight) {
    for (std::uint32_t i = 0; i < 1 + kChunksRemembered; ++i) {
        append();
    }
    EXPECT_EQ(drop_below(2), 0U);
    disk_.drain();
    EXPECT_EQ(stored(), (std::vector<std::int64_t>{0, 2 * kChunksRemembered}));
}

}  // namespace
}  // namespace kera
