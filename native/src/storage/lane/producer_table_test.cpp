#include "storage/lane/producer_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "base/random.hpp"

namespace kera {
namespace {

class ProducerTableTest : public testing::Test {
  protected:
    static ChunkInfo chunk(std::int64_t producer, std::int32_t sequence, std::uint32_t records = 1,
                           std::int16_t epoch = 0) {
        ChunkInfo info;
        info.producer = ProducerId(producer);
        info.producer_epoch = ProducerEpoch(epoch);
        info.base_sequence = Sequence(sequence);
        info.record_count = records;
        return info;
    }

    void accept(const ChunkInfo& info, std::int64_t offset, std::int64_t now_ms = 0) {
        const Result<ProducerVerdict> verdict = table_.check(info);
        ASSERT_TRUE(verdict.ok()) << describe(verdict.error());
        ASSERT_FALSE(verdict->is_duplicate());
        table_.accept(info, Offset(offset), now_ms);
    }

    ErrorCode refusal(const ChunkInfo& info) {
        const Result<ProducerVerdict> verdict = table_.check(info);
        return verdict.ok() ? ErrorCode::ok : verdict.error().code;
    }

    ProducerTable table_{1'000};
};

TEST_F(ProducerTableTest, follows_a_sequence) {
    accept(chunk(1, 0, 3), 100);
    accept(chunk(1, 3, 2), 200);
    EXPECT_EQ(table_.check(chunk(1, 6)).error(),
              fail(ErrorCode::sequence_gap, "base_sequence", 5, 6));
    accept(chunk(1, 5), 300);
}

TEST_F(ProducerTableTest, refuses_an_id_that_was_never_handed_out) {
    ProducerBudget budget;
    budget.set_ids_end(ProducerId(10));
    ProducerTable table(1'000, &budget);
    EXPECT_EQ(table.check(chunk(10, 0)).error(),
              fail(ErrorCode::unknown_producer, "producer_id", 9, 10));
    EXPECT_TRUE(table.check(chunk(9, 0)).ok());
    budget.set_ids_end(ProducerId(11));
    EXPECT_TRUE(table.check(chunk(10, 0)).ok());
}

TEST_F(ProducerTableTest, answers_a_retry_of_the_last_sixteen_with_the_first_offset) {
    for (int i = 0; i < 18; ++i) {
        accept(chunk(1, i), 100 + i);
    }
    for (int i = 2; i < 18; ++i) {
        EXPECT_EQ(table_.check(chunk(1, i))->duplicate_of, Offset(100 + i));
    }
    EXPECT_EQ(table_.check(chunk(1, 1)).error(),
              fail(ErrorCode::duplicate_sequence, "base_sequence", 18, 1));
}

TEST_F(ProducerTableTest, takes_no_other_chunk_of_the_same_sequence_for_a_retry) {
    accept(chunk(1, 0, 3), 100);
    EXPECT_EQ(refusal(chunk(1, 0, 2)), ErrorCode::duplicate_sequence);
    EXPECT_EQ(refusal(chunk(1, 1, 2)), ErrorCode::duplicate_sequence);
}

TEST_F(ProducerTableTest, starts_anew_with_a_higher_epoch_and_fences_the_lower) {
    accept(chunk(1, 0, 3, 1), 100);
    EXPECT_EQ(table_.check(chunk(1, 3, 1, 2)).error(),
              fail(ErrorCode::sequence_gap, "base_sequence", 0, 3));
    accept(chunk(1, 0, 1, 2), 200);
    EXPECT_EQ(table_.check(chunk(1, 3, 1, 1)).error(),
              fail(ErrorCode::stale_producer_epoch, "producer_epoch", 2, 1));
    EXPECT_EQ(refusal(chunk(1, 0, 3, 2)), ErrorCode::duplicate_sequence);
    EXPECT_EQ(table_.check(chunk(1, 0, 1, 2))->duplicate_of, Offset(200));
}

TEST_F(ProducerTableTest, demands_that_an_unknown_producer_starts_at_zero) {
    EXPECT_EQ(table_.check(chunk(1, 4)).error(),
              fail(ErrorCode::unknown_producer, "producer_id", 0, 1));
    accept(chunk(1, 0), 0);
}

TEST_F(ProducerTableTest, wraps_sequences_around) {
    constexpr std::int32_t kLast = 0x7FFFFFFF;
    accept(chunk(1, 0, static_cast<std::uint32_t>(kLast)), 0);
    accept(chunk(1, kLast, 2), 10);
    accept(chunk(1, 1), 20);
    EXPECT_EQ(table_.check(chunk(1, kLast, 2))->duplicate_of, Offset(10));
    EXPECT_EQ(refusal(chunk(1, 3)), ErrorCode::sequence_gap);
    EXPECT_EQ(refusal(chunk(1, kLast - 3)), ErrorCode::duplicate_sequence);
}

TEST_F(ProducerTableTest, changes_nothing_while_it_checks) {
    EXPECT_TRUE(table_.check(chunk(1, 0)).ok());
    EXPECT_TRUE(table_.check(chunk(1, 0)).ok());
    EXPECT_EQ(table_.size(), 0u);
    accept(chunk(1, 0), 5);
    EXPECT_TRUE(table_.check(chunk(1, 0, 1, 9)).ok());
    EXPECT_EQ(refusal(chunk(1, 1)), ErrorCode::ok);
}

TEST_F(ProducerTableTest, forgets_idle_producers_and_says_which) {
    accept(chunk(1, 0), 0, 100);
    accept(chunk(2, 0), 1, 200);
    accept(chunk(3, 0), 2, 100);
    std::vector<std::int64_t> forgotten;
    EXPECT_EQ(table_.expire(150, [&](ProducerId id) { forgotten.push_back(id.value()); }), 2u);
    std::sort(forgotten.begin(), forgotten.end());
    EXPECT_EQ(forgotten, (std::vector<std::int64_t>{1, 3}));
    EXPECT_EQ(refusal(chunk(1, 1)), ErrorCode::unknown_producer);
    accept(chunk(2, 1), 3, 300);
    EXPECT_EQ(table_.expire(1'000, [](ProducerId) {}), 1u);
    EXPECT_EQ(table_.size(), 0u);
    EXPECT_EQ(table_.memory_bytes(), 0u);
}

TEST_F(ProducerTableTest, refuses_more_producers_than_it_may_hold) {
    ProducerTable table(2);
    table.accept(chunk(1, 0), Offset(0), 0);
    table.accept(chunk(2, 0), Offset(1), 0);
    EXPECT_EQ(table.check(chunk(3, 0)).error(),
              fail(ErrorCode::limit_exceeded, "producers_of_lane", 2, 3));
    EXPECT_TRUE(table.check(chunk(2, 1)).ok());
}

TEST_F(ProducerTableTest, shares_a_budget_with_the_tables_of_other_lanes) {
    ProducerBudget budget(2);
    {
        ProducerTable first(1'000, &budget);
        ProducerTable second(1'000, &budget);
        EXPECT_TRUE(first.accept(chunk(1, 0), Offset(0), 100));
        EXPECT_FALSE(first.accept(chunk(1, 1), Offset(1), 100));
        second.accept(chunk(2, 0), Offset(0), 200);
        EXPECT_EQ(second.check(chunk(3, 0)).error(),
                  fail(ErrorCode::limit_exceeded, "producers", 2, 3));
        EXPECT_TRUE(first.check(chunk(1, 2)).ok());
        EXPECT_TRUE(budget.is_scarce());
        EXPECT_EQ(first.expire(150, [](ProducerId) {}), 1U);
        EXPECT_TRUE(second.check(chunk(3, 0)).ok());
        EXPECT_EQ(budget.used(), 1);
    }
    EXPECT_EQ(budget.used(), 0);
}

TEST_F(ProducerTableTest, costs_no_more_per_producer_than_it_says_whether_it_grows_or_shrinks) {
    ProducerTable table(10'000);
    const auto within = [&table] {
        const std::size_t counted = std::max<std::size_t>(table.size(), 1);
        return table.memory_bytes() <= counted * ProducerTable::bytes_per_producer_max();
    };
    for (std::int64_t id = 1; id <= 2'000; ++id) {
        table.accept(chunk(id, 0), Offset(id), id);
        ASSERT_TRUE(within()) << table.size();
    }
    for (std::int64_t before_ms = 100; before_ms <= 2'001; before_ms += 100) {
        table.expire(before_ms, [](ProducerId) {});
        ASSERT_TRUE(within()) << table.size();
    }
}

TEST_F(ProducerTableTest, restores_nobody_who_would_be_forgotten_by_now) {
    ProducerBudget budget(8);
    ProducerTable table(1'000, &budget);
    budget.restore_since(100, 900);
    table.restore(chunk(1, 0), Offset(0), 99);
    EXPECT_FALSE(table.knows(ProducerId(1)));
    table.restore(chunk(1, 1), Offset(1), 100);
    EXPECT_TRUE(table.check(chunk(1, 2)).ok());
    table.restore(ProducerState{ProducerId(2), 50, Offset(0), Sequence(0), 1, ProducerEpoch(0)});
    EXPECT_FALSE(table.knows(ProducerId(2)));
    for (std::int64_t id = 10; id < 15; ++id) {
        table.restore(chunk(id, 0), Offset(id), 100);
    }
    // A quarter of the room is for those that were there lately.
    table.restore(chunk(20, 0), Offset(20), 899);
    EXPECT_FALSE(table.knows(ProducerId(20)));
    for (std::int64_t id = 30; id < 40; ++id) {
        table.restore(chunk(id, 0), Offset(id), 1'000);
    }
    // They were known when the node stopped, however many there may be now.
    EXPECT_EQ(table.size(), 16U);
    EXPECT_TRUE(table.check(chunk(39, 1)).ok());
    EXPECT_EQ(table.check(chunk(40, 0)).error(),
              fail(ErrorCode::limit_exceeded, "producers", 8, 17));
}

TEST_F(ProducerTableTest, tells_what_another_table_needs_to_go_on) {
    for (int i = 0; i < 40; ++i) {
        accept(chunk(1, 2 * i, 2, 3), 100 + i, 7);
    }
    ProducerTable other(1'000);
    int told = 0;
    table_.for_each(Offset(1'000), [&](const ProducerState& state) {
        ++told;
        other.restore(state);
    });
    EXPECT_EQ(told, 1);
    EXPECT_EQ(other.check(chunk(1, 78, 2, 3))->duplicate_of, Offset(139));
    EXPECT_TRUE(other.check(chunk(1, 80, 2, 3)).ok());
    EXPECT_EQ(other.check(chunk(1, 0, 2, 2)).error().code, ErrorCode::stale_producer_epoch);
    // The later one of two counts.
    other.restore(ProducerState{ProducerId(1), 9, Offset(5), Sequence(0), 1, ProducerEpoch(9)});
    EXPECT_TRUE(other.check(chunk(1, 80, 2, 3)).ok());
    other.restore(ProducerState{ProducerId(1), 9, Offset(200), Sequence(90), 2, ProducerEpoch(3)});
    EXPECT_TRUE(other.check(chunk(1, 92, 2, 3)).ok());
    EXPECT_EQ(other.check(chunk(1, 80, 2, 3)).error().code, ErrorCode::duplicate_sequence);
    EXPECT_EQ(other.last_chunk_of(ProducerId(1)), Offset(200));
    EXPECT_EQ(other.last_chunk_of(ProducerId(2)), Offset(-1));
    EXPECT_EQ(other.size(), 1U);
}

TEST_F(ProducerTableTest, tells_the_last_chunk_and_the_last_one_below_the_start) {
    const auto told = [this](std::int64_t start) {
        std::vector<std::int64_t> offsets;
        table_.for_each(Offset(start), [&offsets](const ProducerState& state) {
            offsets.push_back(state.base_offset.value());
        });
        return offsets;
    };
    accept(chunk(1, 0, 5), 100);
    accept(chunk(1, 5, 5), 110);
    accept(chunk(1, 10, 5), 120);
    EXPECT_EQ(told(125), (std::vector<std::int64_t>{120}));
    EXPECT_EQ(told(124), (std::vector<std::int64_t>{110, 120}));
    EXPECT_EQ(told(114), (std::vector<std::int64_t>{100, 120}));
    EXPECT_EQ(told(104), (std::vector<std::int64_t>{120}));
    for (int i = 0; i < 16; ++i) {
        accept(chunk(1, 15 + i), 200 + i);
    }
    EXPECT_EQ(told(150), (std::vector<std::int64_t>{120, 215}));
    EXPECT_EQ(told(201), (std::vector<std::int64_t>{200, 215}));
    accept(chunk(1, 31), 216);
    EXPECT_EQ(told(150), (std::vector<std::int64_t>{216}));
    // A new epoch has nothing below the start.
    accept(chunk(1, 0, 1, 1), 300);
    EXPECT_EQ(told(250), (std::vector<std::int64_t>{300}));
}

TEST_F(ProducerTableTest, goes_on_with_a_known_producer_when_room_becomes_scarce) {
    ProducerBudget budget(4);
    budget.restore_since(0, 1'000);
    ProducerTable table(100, &budget);
    table.restore(chunk(1, 0, 2), Offset(10), 500);
    for (std::int64_t id = 2; id < 4; ++id) {
        table.restore(chunk(id, 0, 2), Offset(10 * id), 2'000);
    }
    ASSERT_TRUE(budget.is_scarce());
    table.restore(ProducerState{ProducerId(9), 600, Offset(50), Sequence(2), 2, ProducerEpoch(0)});
    EXPECT_FALSE(table.knows(ProducerId(9)));
    table.restore(ProducerState{ProducerId(1), 600, Offset(60), Sequence(2), 2, ProducerEpoch(0)});
    EXPECT_EQ(table.last_chunk_of(ProducerId(1)), Offset(60));
}

TEST_F(ProducerTableTest, agrees_with_a_map_over_many_producers_that_come_and_go) {
    Random random(42);
    std::map<std::int64_t, std::int32_t> next;
    for (int step = 0; step < 20'000; ++step) {
        const std::int64_t producer = random.between(0, 300);
        if (step % 997 == 0) {
            table_.expire(step - 400, [&](ProducerId id) { next.erase(id.value()); });
            ASSERT_EQ(table_.size(), next.size());
        }
        const auto known = next.find(producer);
        if (known == next.end()) {
            ASSERT_EQ(refusal(chunk(producer, 1)), ErrorCode::unknown_producer);
        } else {
            ASSERT_EQ(refusal(chunk(producer, known->second + 1)), ErrorCode::sequence_gap);
        }
        accept(chunk(producer, next[producer]), step, step);
        ++next[producer];
    }
}

}  // namespace
}  // namespace kera
