// Lanes on threads of their own, readers on others, retention meanwhile. Meant for ThreadSanitizer;
// the checks also hold without it.
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <thread>

#include "storage/streamlet/retention.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

constexpr std::int64_t kChunksPerLane = 3'000;

class LaneThreadsTest : public StorageFixture {
  protected:
    using Drop = std::function<void(Lane&, Reclaimer&)>;

    // One reactor: appends to its lane, passes, and lets go of what it may.
    void run_lane(Lane& lane, Reclaimer& reclaimer, std::int64_t producer, AckLevel ack_level,
                  const Drop& drop) {
        const int slot = grace_.join();
        const std::uint32_t records = 3;
        for (std::int64_t i = 0; i < kChunksPerLane; ++i) {
            const TestChunk chunk({.producer = ProducerId(producer),
                                   .sequence = Sequence(static_cast<std::int32_t>(i * records)),
                                   .records = records,
                                   .value_bytes = 200});
            const Result<Appended> done = lane.append(chunk.bytes(), context(ack_level));
            ASSERT_TRUE(done.ok()) << describe(done.error());
            if (ack_level == AckLevel::disk && i % 7 == 6) {
                lane.mark_durable(done->base_offset);
            }
            if (done->closed != nullptr) {
                memory_.flushed(*done->closed);
            }
            if (i % 64 == 0) {
                drop(lane, reclaimer);
                grace_.pass(slot);
                (void)reclaimer.reclaim();
            }
        }
        lane.mark_durable(streamlet_->next_offset());
        grace_.leave(slot);
    }

    // Reads on until `end`; every chunk is whole, and no offset is seen twice or left out while
    // nothing is deleted.
    void run_reader(std::int64_t end, bool is_deleted_meanwhile) {
        const int slot = grace_.join();
        Cursor cursor;
        Offset next(0);
        SpanList out(8);
        while (next.value() < end) {
            Result<ReadOutcome> outcome = Reader(*streamlet_).read(cursor, next, 20'000, out);
            if (!outcome.ok()) {
                ASSERT_TRUE(is_deleted_meanwhile);
                ASSERT_EQ(outcome.error().code, ErrorCode::offset_out_of_range);
                next = Offset(outcome.error().limit);
                continue;
            }
            for (const std::int64_t base_offset : base_offsets(out)) {
                ASSERT_TRUE(is_deleted_meanwhile || base_offset == next.value());
                ASSERT_GE(base_offset + 3, next.value());
                next = Offset(base_offset + 3);
            }
            ASSERT_LE(next, streamlet_->readable_head());
            out.clear();
            grace_.pass(slot);
            if (outcome->bytes == 0) {
                grace_.park(slot);
                std::this_thread::yield();
                grace_.unpark(slot);
            }
        }
        grace_.leave(slot);
    }

    Streamlet* streamlet_ = nullptr;
    Reclaimer second_reclaimer_{grace_};
};

TEST_F(LaneThreadsTest, show_readers_every_chunk_once_and_in_order) {
    streamlet_ = make_streamlet(2);
    const auto keep = [](Lane&, Reclaimer&) {};
    std::thread first(
        [&] { run_lane(streamlet_->lane(LaneId(0)), reclaimer_, 1, AckLevel::leader, keep); });
    std::thread second(
        [&] { run_lane(streamlet_->lane(LaneId(1)), second_reclaimer_, 2, AckLevel::disk, keep); });
    run_reader(2 * 3 * kChunksPerLane, false);
    first.join();
    second.join();
    EXPECT_EQ(streamlet_->readable_head(), Offset(2 * 3 * kChunksPerLane));
}

TEST_F(LaneThreadsTest, let_readers_finish_with_what_is_dropped_meanwhile) {
    StreamletSettings settings;
    settings.segment_bytes_max = 64_KiB;
    settings.group_segments = 2;
    settings.retention = {.bytes_max = 500'000};
    streamlet_ = make_streamlet(1, settings);
    ASSERT_TRUE(streamlet_->add_lane({ReactorId(1), &memory_, &second_reclaimer_}).ok());
    const auto drop = [this](Lane& lane, Reclaimer&) {
        (void)lane.drop_below(streamlet_->raise_start(retained_from(*streamlet_, 0)));
    };
    std::thread first(
        [&] { run_lane(streamlet_->lane(LaneId(0)), reclaimer_, 1, AckLevel::leader, drop); });
    std::thread second([&] {
        run_lane(streamlet_->lane(LaneId(1)), second_reclaimer_, 2, AckLevel::leader, drop);
    });
    run_reader(2 * 3 * kChunksPerLane, true);
    first.join();
    second.join();
    // Whichever lane ended first left the last look to us.
    drop(streamlet_->lane(LaneId(0)), reclaimer_);
    drop(streamlet_->lane(LaneId(1)), second_reclaimer_);
    EXPECT_GT(streamlet_->start_offset(), Offset(0));
    EXPECT_LT(streamlet_->counters().kept_bytes, 2'000'000);
}

TEST_F(LaneThreadsTest, keep_order_when_lanes_are_added_under_readers) {
    streamlet_ = make_streamlet(1);
    const auto keep = [](Lane&, Reclaimer&) {};
    std::thread first(
        [&] { run_lane(streamlet_->lane(LaneId(0)), reclaimer_, 1, AckLevel::leader, keep); });
    std::thread second([&] {
        Lane* added = streamlet_->add_lane({ReactorId(1), &memory_, &second_reclaimer_}).value();
        run_lane(*added, second_reclaimer_, 2, AckLevel::leader, keep);
    });
    run_reader(2 * 3 * kChunksPerLane, false);
    first.join();
    second.join();
}

TEST_F(LaneThreadsTest, give_memory_back_only_when_no_reader_looks_at_it) {
    streamlet_ = make_streamlet(1);
    (void)append(*streamlet_, 0, {.records = 3, .value_bytes = 5'000}).value();
    Segment& segment = *streamlet_->lane(LaneId(0)).close_group();
    const std::vector<std::byte> file(segment.bytes(), segment.bytes() + segment.head_bytes());
    memory_.flushed(segment);
    std::atomic<bool> is_done{false};
    std::thread evictor([&] {
        while (!is_done.load(std::memory_order_acquire)) {
            (void)memory_.evict(1);
            std::this_thread::yield();
        }
    });
    int reads = 0;
    int loads = 0;
    while (reads < 100 || loads < 5) {
        Cursor cursor;
        SpanList out;
        const ReadOutcome outcome = Reader(*streamlet_).read(cursor, Offset(0), 1, out).value();
        if (!outcome.needs_load) {
            ASSERT_EQ(base_offsets(out), (std::vector<std::int64_t>{0}));
            ++reads;
        } else if (segment.begin_load()) {
            SegmentBlock block = memory_.claim_to_load(file.size()).value();
            std::copy(file.begin(), file.end(), block.data());
            memory_.loaded(segment, std::move(block));
            ++loads;
        }
        std::this_thread::yield();
    }
    is_done.store(true, std::memory_order_release);
    evictor.join();
}

}  // namespace
}  // namespace kera
