#include "storage/group/grace.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

// Tells when it is freed, and may be held like a leased segment.
class Watched final : public Reclaimable {
  public:
    explicit Watched(int& freed, bool* leased = nullptr) : freed_(freed), leased_(leased) {}
    ~Watched() override { ++freed_; }
    bool released() const noexcept override { return leased_ == nullptr || !*leased_; }

  private:
    int& freed_;
    bool* leased_;
};

class GraceTest : public testing::Test {
  protected:
    GracePeriods grace_;
    Reclaimer reclaimer_{grace_};
    int freed_ = 0;
};

TEST_F(GraceTest, frees_at_once_when_nobody_reads) {
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    EXPECT_EQ(freed_, 1);
}

TEST_F(GraceTest, waits_until_every_reader_has_passed) {
    const int first = grace_.join();
    const int second = grace_.join();
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    grace_.pass(first);
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    grace_.pass(second);
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    EXPECT_EQ(freed_, 1);
}

TEST_F(GraceTest, does_not_wait_for_readers_that_passed_before_but_retired_later_counts_anew) {
    const int reader = grace_.join();
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    grace_.pass(reader);
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    EXPECT_EQ(reclaimer_.waiting(), 1u);
    grace_.pass(reader);
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
}

TEST_F(GraceTest, counts_a_parked_reader_as_passed_until_it_is_back) {
    const int reader = grace_.join();
    grace_.park(reader);
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    grace_.unpark(reader);
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    grace_.pass(reader);
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
}

TEST_F(GraceTest, does_not_wait_for_a_reader_that_came_after_the_unlinking) {
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    (void)grace_.join();
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
}

TEST_F(GraceTest, waits_for_leases_after_the_grace_period) {
    bool leased = true;
    reclaimer_.retire(std::make_unique<Watched>(freed_, &leased));
    EXPECT_EQ(reclaimer_.reclaim(), 0u);
    leased = false;
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
}

TEST_F(GraceTest, lends_the_slots_of_readers_that_left_again) {
    std::vector<int> slots;
    for (int reader = 0; reader < GracePeriods::kReadersMax; ++reader) {
        slots.push_back(grace_.join());
    }
    reclaimer_.retire(std::make_unique<Watched>(freed_));
    for (const int slot : slots) {
        EXPECT_EQ(reclaimer_.reclaim(), 0u);
        grace_.leave(slot);
    }
    EXPECT_EQ(reclaimer_.reclaim(), 1u);
    EXPECT_EQ(grace_.join(), slots.front());
}

}  // namespace
}  // namespace kera
