#include "storage/segment/segment_memory.hpp"

#include <algorithm>

#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

// Segments of 64 KiB in lane 0, each with one chunk; the pool holds 16 of them.
class SegmentMemoryTest : public StorageFixture {
  protected:
    SegmentMemoryTest() : StorageFixture(1_MiB, {.class_bytes = {64_KiB}}) {}

    void SetUp() override {
        settings_.segment_bytes_max = 64_KiB;
        settings_.group_segments = 64;
        streamlet_ = make_streamlet(1, settings_);
    }

    void fill(int segments) {
        for (int i = 0; i < segments; ++i) {
            const Result<Appended> done = append(*streamlet_, 0, {.value_bytes = 50'000});
            ASSERT_TRUE(done.ok()) << i;
            if (done->closed != nullptr) {
                closed_.push_back(done->closed);
            }
        }
        streamlet_->lane(LaneId(0)).trim();
    }

    void flush_all() {
        for (Segment* segment : closed_) {
            files_.emplace_back(segment->bytes(), segment->bytes() + segment->head_bytes());
            memory_.flushed(*segment);
        }
    }

    Result<void> load(std::size_t index) {
        Segment& segment = *closed_[index];
        KERA_TRY_ASSIGN(SegmentBlock block, memory_.claim_to_load(segment.head_bytes()));
        KERA_ASSERT(segment.begin_load());
        std::copy(files_[index].begin(), files_[index].end(), block.data());
        memory_.loaded(segment, std::move(block));
        return {};
    }

    std::vector<SegmentState> states() const {
        std::vector<SegmentState> states;
        for (const Segment* segment : closed_) {
            states.push_back(segment->state());
        }
        return states;
    }

    StreamletSettings settings_;
    Streamlet* streamlet_ = nullptr;
    std::vector<Segment*> closed_;
    std::vector<std::vector<std::byte>> files_;
};

using enum SegmentState;

TEST_F(SegmentMemoryTest, evicts_nothing_that_is_only_in_memory) {
    fill(5);
    EXPECT_EQ(memory_.evict(1_MiB), 0u);
    EXPECT_EQ(states(), (std::vector<SegmentState>(4, closed)));
}

TEST_F(SegmentMemoryTest, evicts_flushed_segments_least_recently_read_first) {
    fill(5);
    flush_all();
    memory_.note_read(*closed_[0]);
    memory_.note_read(*closed_[2]);
    // Whole batches go at once, unless somebody holds a lease.
    const SegmentLease lease(*closed_[1]);
    EXPECT_GT(memory_.evict(1), 0u);
    EXPECT_EQ(states(), (std::vector<SegmentState>{evicted, flushed, evicted, evicted}));
    EXPECT_NE(closed_[1]->bytes(), nullptr);
    EXPECT_EQ(closed_[0]->bytes(), nullptr);
    EXPECT_EQ(memory_.evictable_count(), 1u);
}

TEST_F(SegmentMemoryTest, makes_room_for_appends_by_evicting) {
    fill(16);
    ASSERT_FALSE(append(*streamlet_, 0, {.value_bytes = 50'000}).ok());
    flush_all();
    ASSERT_TRUE(append(*streamlet_, 0, {.value_bytes = 50'000}).ok());
    EXPECT_LT(pool_->used_bytes(), pool_->limit_bytes());
}

TEST_F(SegmentMemoryTest, reads_an_evicted_segment_back_and_evicts_it_again) {
    fill(3);
    flush_all();
    (void)memory_.evict(1_MiB);
    ASSERT_TRUE(load(0).ok());
    EXPECT_EQ(closed_[0]->state(), loaded);
    EXPECT_TRUE(std::equal(files_[0].begin(), files_[0].end(), closed_[0]->bytes()));
    EXPECT_EQ(memory_.loaded_bytes(), closed_[0]->head_bytes());
    (void)memory_.evict(1);
    EXPECT_EQ(closed_[0]->state(), evicted);
    EXPECT_EQ(memory_.loaded_bytes(), 0u);
}

TEST_F(SegmentMemoryTest, pushes_one_segment_of_fresh_data_out_to_read_old_data_and_no_more) {
    fill(4);
    flush_all();
    (void)memory_.evict(1_MiB);
    const std::vector<Segment*> cold(closed_.begin(), closed_.begin() + 2);
    fill(16 - 1);
    std::vector<Segment*> fresh(closed_.begin() + 3, closed_.end());
    for (Segment* segment : fresh) {
        memory_.flushed(*segment);
    }
    ASSERT_EQ(pool_->used_bytes(), pool_->limit_bytes());
    const auto in_memory = [&] {
        return std::count_if(fresh.begin(), fresh.end(),
                             [](const Segment* segment) { return segment->state() == flushed; });
    };
    const auto before = in_memory();
    ASSERT_TRUE(load(0).ok());
    EXPECT_EQ(in_memory(), before - 1);
    const SegmentLease lease(*cold[0]);
    const Result<SegmentBlock> refused = memory_.claim_to_load(cold[1]->head_bytes());
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::memory_exhausted);
    EXPECT_EQ(in_memory(), before - 1);
}

TEST_F(SegmentMemoryTest, bounds_what_is_read_back_and_lets_the_least_recently_read_go) {
    SegmentMemory small(*pool_, 120'000);
    streamlet_ =
        streamlets_
            .emplace_back(std::make_unique<Streamlet>(kStream, kStreamlet, settings_, kTerm, small))
            .get();
    ASSERT_TRUE(streamlet_->add_lane({ReactorId(0), &small, &reclaimer_}).ok());
    fill(4);
    for (Segment* segment : closed_) {
        small.flushed(*segment);
    }
    (void)small.evict(1_MiB);
    const auto read_back = [&](std::size_t index) {
        SegmentBlock block = small.claim_to_load(closed_[index]->head_bytes()).value();
        ASSERT_TRUE(closed_[index]->begin_load());
        small.loaded(*closed_[index], std::move(block));
    };
    read_back(0);
    read_back(1);
    small.note_read(*closed_[0]);
    read_back(2);
    EXPECT_EQ(states(), (std::vector<SegmentState>{loaded, evicted, loaded}));
    SegmentLease first(*closed_[0]);
    SegmentLease second(*closed_[2]);
    EXPECT_EQ(small.claim_to_load(closed_[1]->head_bytes()).error().code,
              ErrorCode::memory_exhausted);
    first.reset();
    second.reset();
    streamlets_.clear();
}

TEST_F(SegmentMemoryTest, lets_only_one_loader_read_a_segment_back) {
    fill(2);
    flush_all();
    (void)memory_.evict(1_MiB);
    Segment& segment = *closed_[0];
    EXPECT_TRUE(segment.begin_load());
    EXPECT_FALSE(segment.begin_load());
    segment.load_failed();
    EXPECT_EQ(segment.state(), evicted);
    EXPECT_TRUE(segment.begin_load());
    segment.load_failed();
}

TEST_F(SegmentMemoryTest, knows_nothing_of_segments_that_were_dropped) {
    fill(5);
    flush_all();
    streamlet_->lane(LaneId(0)).close_group();
    streamlet_->raise_start(streamlet_->next_offset());
    EXPECT_EQ(streamlet_->lane(LaneId(0)).drop_below(streamlet_->start_offset()), 1U);
    (void)reclaimer_.reclaim();
    EXPECT_EQ(memory_.evictable_count(), 0u);
    EXPECT_EQ(pool_->used_bytes(), 0u);
}

}  // namespace
}  // namespace kera
