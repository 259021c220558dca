// Requests for a stream that is being changed: which ones wait, and what becomes of them.
#include "broker/catalog/change_queue.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <vector>

#include "base/clock.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {
namespace {

class SentToControl final : public ControlSink {
  public:
    void send(Bytes frame) override {
        const FrameView view = FrameView::over(frame, UINT32_MAX).value();
        const Result<ErrorAnswer> error = ErrorAnswer::decode(view);
        refused.push_back(error.ok() ? error->code : ErrorCode::ok);
        correlation_ids.push_back(view.header().correlation_id);
    }
    bool offer(Bytes) override { return false; }

    std::vector<ErrorCode> refused;
    std::vector<std::int64_t> correlation_ids;
};

class ChangeQueueTest : public ::testing::Test, protected ChangeQueue::Handler {
  protected:
    ChangeQueueTest() {
        settings.streamlets = 1;
        settings.lanes = 1;
        EXPECT_TRUE(directory.add(kStream, "busy", settings, Term(1), StreamState::changing).ok());
    }

    // The control plane asks, whose answers are easily seen.
    CatalogEntry* begin(std::int64_t correlation_id) {
        FrameBuffer frame;
        DeleteStream{kStream}.encode(frame, correlation_id);
        const FrameView view = FrameView::over(frame.frame(), UINT32_MAX).value();
        const Requester requester{ReactorId(0), kControlConnection, correlation_id,
                                  view.header().template_id};
        return queue.begin(kStream, requester, view);
    }
    void end_change() {
        directory.find(kStream)->state = StreamState::open;
        queue.release(kStream);
    }

    void handle(const Requester& requester, const FrameView&) override {
        handled.push_back(requester.correlation_id);
        if (requester.correlation_id == throws_at) {
            throw std::runtime_error("handler");
        }
        if (requester.correlation_id == changes_at) {
            directory.find(kStream)->state = StreamState::changing;
        }
    }
    void on_stream_free(StreamId stream) override {
        freed.push_back(stream);
        if (throws_when_free) {
            throw std::runtime_error("free");
        }
    }
    std::size_t changes_under_way() const noexcept override { return 0; }

    static constexpr StreamId kStream{7};
    StreamSettings settings;
    CoreConfig config;
    ManualClock clock;
    std::unique_ptr<Counters> counters = Counters::create({}, clock).value();
    Arena arena = Arena::reserve({.bytes = 4_MiB, .pages = PagePreference::small}).value();
    std::unique_ptr<SegmentPool> pool =
        SegmentPool::create(arena.carve("segments", 4_MiB, 4_KiB).value(),
                            {.class_bytes = {64_KiB}})
            .value();
    SegmentMemory memory{*pool, 1_MiB};
    GracePeriods grace;
    Reclaimer reclaimer{grace};
    std::vector<LaneHost> lane_hosts{{ReactorId(0), &memory, &reclaimer}};
    StreamFactory factory{lane_hosts, memory, *counters};
    StreamDirectory directory{config, factory, *counters};
    SentToControl control;
    SessionTable sessions{ReactorId(0)};
    ReactorMailboxes mailboxes{1};
    Answers answers{ReactorId(0), sessions, mailboxes, &control};
    ReactorCounters reactor_counters = ReactorCounters::allocate(*counters, ReactorId(0));
    RequestGuard guard{ReactorId(0), reactor_counters.internal_errors};
    ChangeQueue queue{directory, answers, guard, config.limits, *this};

    std::vector<std::int64_t> handled;
    std::vector<StreamId> freed;
    std::int64_t throws_at = -1;
    bool throws_when_free = false;
    std::int64_t changes_at = -1;
};

TEST_F(ChangeQueueTest, requests_wait_for_the_change_and_are_handled_in_their_order) {
    EXPECT_EQ(begin(1), nullptr);
    EXPECT_EQ(begin(2), nullptr);
    EXPECT_EQ(queue.unfinished(), 2U);
    end_change();
    EXPECT_EQ(freed, std::vector<StreamId>{kStream});
    EXPECT_EQ(handled, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(queue.unfinished(), 0U);
    EXPECT_NE(begin(3), nullptr);
}

TEST_F(ChangeQueueTest, a_request_that_begins_a_change_makes_the_others_wait_on) {
    begin(1);
    begin(2);
    changes_at = 1;
    end_change();
    EXPECT_EQ(handled, std::vector<std::int64_t>{1});
    EXPECT_EQ(queue.unfinished(), 1U);
    end_change();
    EXPECT_EQ(handled, (std::vector<std::int64_t>{1, 2}));
}

TEST_F(ChangeQueueTest, a_request_that_throws_is_answered_and_stops_no_other_one) {
    begin(1);
    begin(2);
    throws_at = 1;
    end_change();
    EXPECT_EQ(reactor_counters.internal_errors.value(), 1);
    EXPECT_EQ(handled, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(control.refused, std::vector<ErrorCode>{ErrorCode::internal});
    EXPECT_EQ(control.correlation_ids, std::vector<std::int64_t>{1});
    directory.find(kStream)->state = StreamState::changing;
    EXPECT_EQ(begin(3), nullptr);
    end_change();
    EXPECT_EQ(handled.back(), 3);
}

TEST_F(ChangeQueueTest, goes_on_when_what_is_done_for_a_free_stream_throws) {
    begin(1);
    throws_when_free = true;
    end_change();
    EXPECT_EQ(reactor_counters.internal_errors.value(), 1);
    throws_when_free = false;
    directory.find(kStream)->state = StreamState::changing;
    EXPECT_EQ(begin(2), nullptr);
    end_change();
    EXPECT_EQ(handled, (std::vector<std::int64_t>{1, 2}));
    EXPECT_EQ(queue.unfinished(), 0U);
}

}  // namespace
}  // namespace kera
