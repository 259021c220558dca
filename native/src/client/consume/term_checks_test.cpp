#include "client/consume/term_checks.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_read_world.hpp"

namespace kera {
namespace {

// A consumer that has read two records in term 1.
class TermChecksTest : public testing::Test {
  protected:
    void begin(ConsumerOptions options) {
        streamlet().term = Term(1);
        world_.broker->keep(7, 0, chunk_of({"a"}));
        world_.broker->keep(7, 0, chunk_of({"b"}));
        consumer_ = &world_.consume(options);
        ASSERT_TRUE(consumer_->assign(kFirst, StartAt::at(Offset(0))).ok());
        ASSERT_EQ(read(), (std::vector<std::string>{"a", "b"}));
        world_.transport->cut();
    }
    ScriptedStreamlet& streamlet() { return world_.broker->kept[{7, 0}]; }
    std::vector<std::string> read() { return world_.read(*consumer_, 200); }
    // The broker has lost all but so many records, and is in another term.
    void lose(std::size_t kept, std::int32_t term) {
        world_.broker->forget_after(7, 0, kept);
        streamlet().term = Term(term);
        streamlet().term_began = streamlet().next;
    }

    ScriptedReadWorld world_;
    Consumer* consumer_ = nullptr;
};

TEST_F(TermChecksTest, goes_on_in_the_next_term_where_nothing_was_lost) {
    begin({});
    lose(2, 2);
    world_.broker->keep(7, 0, chunk_of({"c"}));
    EXPECT_EQ(read(), (std::vector<std::string>{"c"}));
    EXPECT_EQ(world_.broker->fetches.back().entries.at(0).term, Term(2));
    EXPECT_EQ(world_.broker->requests[Template::end_of_term], 1);
    EXPECT_TRUE(world_.errors.empty());
}

// Without the term, the reader would wait for offset 2 and never see what took the place of "b".
TEST_F(TermChecksTest, goes_back_to_where_the_term_ended_that_it_has_read) {
    begin({});
    lose(1, 3);
    world_.broker->keep(7, 0, chunk_of({"B"}));
    world_.broker->keep(7, 0, chunk_of({"C"}));
    EXPECT_EQ(read(), (std::vector<std::string>{"B", "C"}));
    EXPECT_EQ(world_.offsets, (std::vector<std::int64_t>{0, 1, 1, 2}));
    EXPECT_TRUE(world_.errors.empty());
}

TEST_F(TermChecksTest, tells_an_application_that_wants_no_offset_to_change) {
    ConsumerOptions options;
    options.out_of_range = OutOfRange::fail;
    begin(options);
    lose(1, 3);
    world_.broker->keep(7, 0, chunk_of({"B"}));
    EXPECT_TRUE(read().empty());
    ASSERT_EQ(world_.errors.size(), 1U);
    EXPECT_EQ(world_.errors[0], (Error{ErrorCode::offset_out_of_range, "end_of_term", 1, 2}));
}

TEST_F(TermChecksTest, asks_again_when_it_is_refused_for_now) {
    begin({});
    lose(2, 2);
    world_.broker->keep(7, 0, chunk_of({"c"}));
    int refusals = 3;
    world_.broker->on_request = [&](const FrameView& frame) {
        if (static_cast<Template>(frame.header().template_id) != Template::end_of_term ||
            refusals-- <= 0) {
            return false;
        }
        world_.broker->refuse(frame, {ErrorCode::not_leader, "streamlet_id", 1, 0});
        return true;
    };
    EXPECT_EQ(read(), (std::vector<std::string>{"c"}));
    EXPECT_LT(refusals, 0);
}

TEST_F(TermChecksTest, follows_a_broker_whose_data_was_put_back) {
    begin({});
    streamlet().term = Term(2);
    streamlet().term_began = Offset(2);
    world_.broker->keep(7, 0, chunk_of({"c"}));
    ASSERT_EQ(read(), (std::vector<std::string>{"c"}));
    world_.transport->cut();
    streamlet().term = Term(1);
    world_.broker->keep(7, 0, chunk_of({"d"}));
    EXPECT_EQ(read(), (std::vector<std::string>{"d"}));
}

}  // namespace
}  // namespace kera
