#include "base/ids.hpp"

#include <gtest/gtest.h>

#include <limits>
#include <type_traits>
#include <unordered_set>

namespace kera {
namespace {

template <class Id>
concept TakesCounts = requires(Id id) { id + 1; };

static_assert(sizeof(LaneId) == 2 && sizeof(Term) == 4 && sizeof(Offset) == 8);
static_assert(!std::is_convertible_v<std::int64_t, StreamId>);
static_assert(!std::is_convertible_v<StreamId, ProducerId>);
static_assert(std::is_trivially_copyable_v<Offset>);
static_assert(TakesCounts<Offset> && TakesCounts<Position> && !TakesCounts<Term>);

TEST(IdsTest, orders_and_compares_by_value) {
    EXPECT_EQ(Term(3), Term(3));
    EXPECT_LT(Term(3), Term(4));
    EXPECT_EQ(Term(3).next(), Term(4));
    EXPECT_EQ(Offset().value(), 0);
}

TEST(IdsTest, counts_between_offsets) {
    Offset offset(10);
    offset += 5;
    EXPECT_EQ(offset, Offset(15));
    EXPECT_EQ(offset - Offset(10), 5);
    EXPECT_EQ(offset - 15, Offset(0));
    EXPECT_EQ(Position(1) + 1, Position(2));
}

TEST(IdsTest, wraps_sequences_to_zero) {
    constexpr Sequence kLast(std::numeric_limits<std::int32_t>::max());
    EXPECT_EQ(kLast.next(), Sequence(0));
    EXPECT_EQ(advance(kLast, 1), Sequence(0));
    EXPECT_EQ(advance(kLast, 3), Sequence(2));
    EXPECT_EQ(advance(Sequence(5), 4), Sequence(9));
}

TEST(IdsTest, hashes_for_unordered_containers) {
    std::unordered_set<StreamId> streams;
    for (std::int64_t i = 0; i < 100; ++i) {
        streams.insert(StreamId(i));
    }
    EXPECT_EQ(streams.size(), 100u);
    EXPECT_TRUE(streams.contains(StreamId(42)));
}

}  // namespace
}  // namespace kera
