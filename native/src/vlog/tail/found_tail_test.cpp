#include "vlog/tail/found_tail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "storage/testing/segment_sample.hpp"
#include "vlog/tail/journal_tail.hpp"
#include "vlog/tail/tail_layout.hpp"

namespace kera {
namespace {

// One reactor's tail over a piece of memory with chunks, and the journal positions that it has.
class FoundTailTest : public testing::Test {
  protected:
    static constexpr std::uint64_t kCapacity = 16;

    void SetUp() override {
        for (int at = 0; at < 100; ++at) {
            starts_.push_back(chunks_.size());
            append_sample_chunk(chunks_,
                                {StreamId(1), StreamletId(0), LaneId(0), GroupId(0), SegmentId(0)},
                                Offset(at), 100);
        }
        starts_.push_back(chunks_.size());
        room_.resize(JournalTails::bytes_for(2, kCapacity) / sizeof(std::uint64_t));
        tails_.emplace(MutableBytes(reinterpret_cast<std::byte*>(room_.data()),
                                    room_.size() * sizeof(std::uint64_t)),
                       2, kCapacity, Bytes(chunks_));
    }

    Bytes chunk(std::size_t at) const {
        return Bytes(chunks_).subspan(starts_[at], starts_[at + 1] - starts_[at]);
    }
    void push(std::size_t at) {
        tails_->of(ReactorId(1)).push_chunk(next_, chunk(at));
        next_ = next_ + static_cast<std::int64_t>(kJournalEntryHeaderBytes + chunk(at).size());
    }
    MutableBytes room() {
        return {reinterpret_cast<std::byte*>(room_.data()), room_.size() * sizeof(std::uint64_t)};
    }
    FoundTail found() { return read_tails(room(), chunks_).value()[1]; }

    std::vector<std::byte> chunks_;
    std::vector<std::size_t> starts_;
    std::vector<std::uint64_t> room_;
    std::optional<JournalTails> tails_;
    Position next_{800};
};

TEST_F(FoundTailTest, has_what_was_pushed_and_not_popped_however_often_the_table_wraps) {
    Position popped = next_;
    for (std::size_t at = 0; at < 100; ++at) {
        const Position before = next_;
        push(at);
        if (at >= 10) {
            popped = popped + (next_ - before);
            tails_->of(ReactorId(1)).pop_through(popped);
        }
        const FoundTail tail = found();
        EXPECT_FALSE(tail.error.has_value());
        ASSERT_EQ(tail.entries.size(), std::min<std::size_t>(at + 1, 10));
        EXPECT_TRUE(std::ranges::equal(tail.entries.back().chunk, chunk(at)));
        EXPECT_EQ(tail.entries.back().end(), next_);
    }
    EXPECT_FALSE(tails_->empty());
    tails_->of(ReactorId(1)).pop_through(next_);
    EXPECT_TRUE(tails_->empty());
    EXPECT_TRUE(found().entries.empty());
}

TEST_F(FoundTailTest, has_room_between_chunks_for_what_the_journal_noted_itself) {
    push(0);
    tails_->of(ReactorId(1)).push_blank(next_, 24);
    next_ = next_ + (kJournalEntryHeaderBytes + 24);
    push(1);
    const FoundTail tail = found();
    ASSERT_EQ(tail.entries.size(), 3U);
    EXPECT_EQ(tail.entries[1].kind, JournalEntryKind::blank);
    EXPECT_EQ(tail.entries[1].end(), tail.entries[2].position);
}

TEST_F(FoundTailTest, ends_before_a_chunk_that_is_damaged_and_says_why) {
    push(0);
    push(1);
    push(2);
    chunks_[starts_[1] + 200] ^= std::byte(1);
    const FoundTail tail = found();
    EXPECT_EQ(tail.entries.size(), 1U);
    ASSERT_TRUE(tail.error.has_value());
    EXPECT_EQ(tail.error->code, ErrorCode::bad_checksum);
}

TEST_F(FoundTailTest, refuses_what_is_no_table) {
    const auto refused = [this](std::size_t at, std::uint64_t value) {
        const std::uint64_t before = std::exchange(room_[at], value);
        const auto tails = read_tails(room(), chunks_);
        room_[at] = before;
        return tails.ok() ? ErrorCode::ok : tails.error().code;
    };
    const std::uint64_t first = room_[0];
    EXPECT_EQ(refused(0, first ^ 1U), ErrorCode::malformed);
    EXPECT_EQ(refused(0, first ^ (1ULL << 32U)), ErrorCode::unsupported);
    EXPECT_EQ(refused(1, 3), ErrorCode::malformed);
    EXPECT_EQ(refused(1, UINT64_MAX), ErrorCode::malformed);
    EXPECT_EQ(refused(2, 15), ErrorCode::malformed);
    EXPECT_EQ(refused(2, 1ULL << 62U), ErrorCode::malformed);
    EXPECT_EQ(refused(3, chunks_.size() + 1), ErrorCode::malformed);
    EXPECT_FALSE(read_tails(room().first(64), chunks_).ok());
    EXPECT_FALSE(read_tails({}, chunks_).ok());
}

// Whatever a single wrong bit says, no other bytes than those of whole chunks come out.
TEST_F(FoundTailTest, gives_only_whole_chunks_whichever_bit_is_wrong) {
    push(0);
    push(1);
    push(2);
    for (std::size_t bit = 0; bit < room().size() * 8; ++bit) {
        if (bit == sizeof(TailsHeader) * 8) {
            bit = kTailsHeaderBytes * 8;
        }
        const std::byte mask = std::byte(1) << (bit % 8);
        room()[bit / 8] ^= mask;
        if (const auto tails = read_tails(room(), chunks_); tails.ok()) {
            for (const FoundTail& tail : *tails) {
                for (const TailEntry& entry : tail.entries) {
                    ASSERT_TRUE(entry.kind == JournalEntryKind::blank ||
                                check_chunk_crcs(entry.chunk).ok());
                }
            }
        }
        room()[bit / 8] ^= mask;
    }
    EXPECT_EQ(found().entries.size(), 3U);
}

}  // namespace
}  // namespace kera
