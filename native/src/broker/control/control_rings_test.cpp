#include "broker/control/control_rings.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.hpp"
#include "base/log.hpp"
#include "broker/control/control_client.hpp"
#include "ring/parker.hpp"

namespace kera {
namespace {

constexpr std::int64_t kLongNs = 60 * kNanosPerSecond;
constexpr auto kNoCommand = [](const FrameView&) { FAIL(); };

// Answers Drain commands as a core would; what it was asked is kept.
class FakeCore {
  public:
    explicit FakeCore(ControlRings& rings) : rings_(rings) {}

    int poll(int budget = 16) {
        return rings_.poll([this](const FrameView& frame) { on_command(frame); }, budget, now_ns_);
    }

    std::int64_t now_ns_ = 0;
    std::vector<std::int64_t> asked_;

  private:
    void on_command(const FrameView& frame) {
        asked_.push_back(frame.header().correlation_id);
        ASSERT_TRUE(Drain::decode(frame).ok());
        CommandDone done;
        done.value = frame.header().correlation_id;
        done.encode(buffer_, frame.header().correlation_id);
        ASSERT_TRUE(rings_.offer(buffer_.frame()));
    }

    ControlRings& rings_;
    FrameBuffer buffer_;
};

class ControlRingsTest : public testing::Test {
  protected:
    ControlRingsTest()
        : before_(set_log_sink([this](LogLevel, std::string_view line) { logged_ += line; })),
          rings_(ControlRings::create({.to_core_bytes = 4_KiB,
                                       .from_core_bytes = 4_KiB,
                                       .backlog_bytes_max = 1_KiB,
                                       .unblock_after_ns = 500})
                     .value()),
          core_(*rings_),
          client_(*rings_, clock_, [this](const FrameView& frame) {
              events_.push_back(frame.header().template_id);
          }) {}
    ~ControlRingsTest() override { set_log_sink(before_); }

    Bytes drain(std::int64_t correlation_id) {
        Drain{}.encode(command_, correlation_id);
        return command_.frame();
    }
    Bytes drained() {
        Drained{}.encode(event_, kNoCorrelation);
        return event_.frame();
    }
    std::int64_t send(std::int64_t deadline_ns = kLongNs) {
        const std::int64_t id = client_.next_correlation_id();
        EXPECT_TRUE(client_.send(drain(id), deadline_ns).ok());
        return id;
    }

    LogSink before_;
    std::string logged_;
    ManualClock clock_;
    std::unique_ptr<ControlRings> rings_;
    FakeCore core_;
    std::vector<std::uint16_t> events_;
    ControlClient client_;
    FrameBuffer command_;
    FrameBuffer event_;
};

TEST_F(ControlRingsTest, brings_a_command_to_the_core_and_its_answer_back) {
    EXPECT_FALSE(rings_->ready());
    const std::int64_t id = send();
    EXPECT_TRUE(rings_->ready());
    EXPECT_FALSE(client_.take_answer(id).has_value());

    EXPECT_EQ(core_.poll(), 1);
    EXPECT_FALSE(rings_->ready());
    EXPECT_EQ(client_.poll(), 1);
    const ControlAnswer answer = client_.take_answer(id).value().value();
    EXPECT_EQ(CommandDone::decode(answer.frame()).value().value, id);
    EXPECT_EQ(client_.awaited(), 0U);
}

TEST_F(ControlRingsTest, matches_answers_to_many_commands_in_flight) {
    const std::int64_t first = send();
    const std::int64_t second = send();
    EXPECT_EQ(core_.poll(), 2);
    client_.poll();
    const ControlAnswer later = client_.take_answer(second).value().value();
    EXPECT_EQ(later.frame().header().correlation_id, second);
    EXPECT_TRUE(client_.take_answer(first).value().ok());
}

TEST_F(ControlRingsTest, ends_a_command_at_its_deadline_and_treats_its_answer_as_an_event) {
    const std::int64_t id = send(100);
    clock_.advance_ns(99);
    EXPECT_FALSE(client_.take_answer(id).has_value());
    clock_.advance_ns(1);
    EXPECT_EQ(client_.take_answer(id).value().error().code, ErrorCode::timed_out);
    EXPECT_EQ(client_.awaited(), 0U);

    core_.poll();
    client_.poll();
    EXPECT_EQ(events_, std::vector<std::uint16_t>{20});
}

TEST_F(ControlRingsTest, does_not_take_a_forwarded_request_for_an_answer) {
    const std::int64_t id = send();
    FrameBuffer inner;
    FrameBuffer head;
    Drain{}.encode(inner, 5);
    ForwardedRequest{ConnectionId(3), ReactorId(0)}.encode(head, id, inner.frame());
    ASSERT_TRUE(rings_->offer(head.frame()));
    client_.poll();
    EXPECT_EQ(events_, std::vector<std::uint16_t>{23});
    EXPECT_FALSE(client_.take_answer(id).has_value());
}

TEST_F(ControlRingsTest, wakes_the_reader_that_awaits_frames) {
    constexpr std::size_t kFrames = 1000;
    std::atomic<std::size_t> read{0};
    std::thread reader([&] {
        while (events_.size() < kFrames) {
            rings_->await_frames(Parker::kForEver);
            client_.poll();
            read.store(events_.size());
        }
    });
    for (std::size_t sent = 0; sent < kFrames; ++sent) {
        ASSERT_TRUE(rings_->offer(drained()));
        // The reader goes to sleep again, or is about to.
        while (read.load() <= sent) {
            std::this_thread::yield();
        }
    }
    reader.join();
    EXPECT_EQ(events_.size(), kFrames);
}

TEST_F(ControlRingsTest, lets_the_reader_sleep_neither_before_frames_nor_after_an_alert) {
    ASSERT_TRUE(rings_->offer(drained()));
    rings_->await_frames(Parker::kForEver);
    EXPECT_EQ(client_.poll(), 1);
    rings_->alert();
    rings_->await_frames(Parker::kForEver);
    std::thread reader([&] { rings_->await_frames(Parker::kForEver); });
    rings_->alert();
    reader.join();
    rings_->await_frames(0);
}

TEST_F(ControlRingsTest, calls_and_drives_the_core_until_the_answer_is_there) {
    const std::int64_t id = client_.next_correlation_id();
    const Result<ControlAnswer> answer = client_.call(drain(id), kLongNs, [&] { core_.poll(); });
    EXPECT_EQ(CommandDone::decode(answer.value().frame()).value().value, id);

    const Result<ControlAnswer> late =
        client_.call(drain(client_.next_correlation_id()), 10, [&] { clock_.advance_ns(1); });
    EXPECT_EQ(late.error().code, ErrorCode::timed_out);
    EXPECT_EQ(client_.call(drain(kNoCorrelation), kLongNs, [] {}).error().code,
              ErrorCode::invalid_argument);
}

TEST_F(ControlRingsTest, pushes_back_when_the_core_does_not_read) {
    std::size_t sent = 0;
    while (rings_->command(drain(static_cast<std::int64_t>(sent)))) {
        ++sent;
    }
    EXPECT_EQ(sent, 4_KiB / (kRingHeaderBytes + kFrameHeaderBytes));
    EXPECT_EQ(client_.send(drain(9'999), kLongNs).error().code, ErrorCode::would_block);
    const Result<ControlAnswer> answer =
        client_.call(drain(10'000), kLongNs, [&] { core_.poll(); });
    EXPECT_TRUE(answer.ok());
    EXPECT_EQ(core_.asked_.size(), sent + 1);
}

TEST_F(ControlRingsTest, keeps_frames_in_order_while_the_control_plane_does_not_read) {
    std::size_t offered = 0;
    while (!rings_->backlogged()) {
        ASSERT_TRUE(rings_->offer(drained()));
        ++offered;
    }
    const std::size_t in_ring = offered - 1;
    while (rings_->offer(drained())) {
        ++offered;
    }
    EXPECT_EQ(offered - in_ring, 1_KiB / drained().size()) << "the backlog is bounded";

    ASSERT_TRUE(rings_->command(drain(1)));
    EXPECT_FALSE(rings_->ready()) << "no command is taken before the answers are read";
    EXPECT_EQ(core_.poll(), 0);

    std::size_t seen = 0;
    while (seen < offered) {
        seen += static_cast<std::size_t>(client_.poll());
        rings_->poll([](const FrameView&) {}, 0, 0);
    }
    EXPECT_FALSE(rings_->backlogged());
    EXPECT_EQ(events_.size(), offered);
    EXPECT_EQ(core_.poll(), 1);
}

TEST_F(ControlRingsTest, loses_nothing_of_what_the_core_owes) {
    while (rings_->offer(drained())) {
    }
    ASSERT_FALSE(rings_->offer(drained()));
    CommandDone done;
    done.encode(command_, 42);
    rings_->send(command_.frame());
    EXPECT_FALSE(rings_->offer(drained()));

    while (rings_->backlogged()) {
        client_.poll();
        rings_->poll([](const FrameView&) {}, 0, 0);
    }
    while (client_.poll() > 0) {
    }
    EXPECT_EQ(events_.back(), static_cast<std::uint16_t>(ControlTemplate::command_done));
}

TEST_F(ControlRingsTest, refuses_a_frame_that_no_ring_takes) {
    const std::vector<std::byte> huge(1_KiB);
    EXPECT_EQ(rings_->command_bytes_max(), 512U);
    EXPECT_FALSE(rings_->command(huge));
    FrameBuffer named;
    OpenStream open;
    open.name = std::string(600, 'n');
    ASSERT_TRUE(open.encode(named, 1).ok());
    EXPECT_EQ(client_.send(named.frame(), kLongNs).error().code, ErrorCode::frame_too_large);
}

TEST_F(ControlRingsTest, skips_what_is_no_frame_and_says_so) {
    MpscRing stranger(RingLayout::over(rings_->to_core_buffer()).value());
    ASSERT_TRUE(stranger.write(kControlFrameType, std::vector<std::byte>(10)));
    ASSERT_TRUE(stranger.write(77, drain(1)));
    ASSERT_TRUE(stranger.write(kControlFrameType, drain(2)));
    EXPECT_EQ(core_.poll(), 3);
    EXPECT_EQ(core_.asked_, std::vector<std::int64_t>{2});
    EXPECT_NE(logged_.find("control_frame_refused"), std::string::npos);
    EXPECT_NE(logged_.find("control_record_type"), std::string::npos);
}

TEST_F(ControlRingsTest, answers_a_command_that_is_no_whole_frame) {
    const std::int64_t id = client_.next_correlation_id();
    const Bytes whole = drain(id);
    ASSERT_TRUE(client_.send(whole, kLongNs).ok());
    // As the only command in the ring, it lies at its start.
    store_le<std::uint32_t>(rings_->to_core_buffer().data() + kRingHeaderBytes,
                            static_cast<std::uint32_t>(whole.size() - 8));
    EXPECT_EQ(core_.poll(), 1);
    EXPECT_TRUE(core_.asked_.empty());
    client_.poll();
    const ControlAnswer answer = client_.take_answer(id).value().value();
    EXPECT_NE(CommandDone::decode(answer.frame()).value().code, ErrorCode::ok);
    EXPECT_NE(logged_.find("control_frame_refused"), std::string::npos);
}

TEST_F(ControlRingsTest, stops_reading_a_broken_ring) {
    store_le<std::int32_t>(rings_->to_core_buffer().data() + kRingTypeOffset, -7);
    store_le<std::int32_t>(rings_->to_core_buffer().data(), 32);
    EXPECT_EQ(rings_->poll(kNoCommand, 10, 0), 0);
    EXPECT_EQ(rings_->fault().value().code, ErrorCode::malformed);
    EXPECT_FALSE(rings_->ready()) << "it would keep the reactor awake";
    EXPECT_EQ(rings_->poll(kNoCommand, 10, 0), 0);
    EXPECT_TRUE(rings_->offer(drained())) << "the other direction still works";
}

TEST_F(ControlRingsTest, gets_past_a_producer_that_died_between_claim_and_commit) {
    MpscRing dying(RingLayout::over(rings_->to_core_buffer()).value());
    ASSERT_TRUE(dying.claim(24, kControlFrameType).has_value());
    ASSERT_TRUE(rings_->command(drain(5)));
    EXPECT_EQ(core_.poll(), 0);
    core_.now_ns_ = 499;
    EXPECT_EQ(core_.poll(), 0);
    EXPECT_EQ(logged_, "");
    core_.now_ns_ = 500;
    core_.poll();
    EXPECT_EQ(core_.poll(), 1);
    EXPECT_EQ(core_.asked_, std::vector<std::int64_t>{5});
    EXPECT_NE(logged_.find("control_ring_unblocked"), std::string::npos);
}

TEST_F(ControlRingsTest, wakes_the_core_with_each_command) {
    int woken = 0;
    rings_->set_wake([&] { ++woken; });
    send();
    EXPECT_EQ(woken, 1);
    rings_->wake();
    EXPECT_EQ(woken, 2);
}

TEST_F(ControlRingsTest, refuses_sizes_that_no_ring_has) {
    EXPECT_EQ(ControlRings::create({.to_core_bytes = 5'000}).error().value, 5'000);
    EXPECT_EQ(ControlRings::create({.from_core_bytes = 2_GiB}).error().code,
              ErrorCode::invalid_argument);
}

TEST_F(ControlRingsTest, serves_several_threads_of_the_control_plane_while_the_core_sleeps) {
    constexpr int kThreads = 2;
    constexpr int kCommands = 2'000;
    const auto parker = Parker::create().value();
    rings_->set_wake([&] { parker->wake(); });
    std::vector<std::thread> senders;
    for (int number = 0; number < kThreads; ++number) {
        senders.emplace_back([this] {
            FrameBuffer buffer;
            for (int command = 0; command < kCommands; ++command) {
                Drain{}.encode(buffer, rings_->next_correlation_id());
                while (!rings_->command(buffer.frame())) {
                    std::this_thread::yield();
                }
            }
        });
    }
    std::atomic<bool> done{false};
    std::thread reader([&] {
        while (!done.load(std::memory_order_acquire)) {
            if (client_.poll() == 0) {
                std::this_thread::yield();
            }
        }
        while (client_.poll() > 0) {
        }
    });

    int overslept = 0;
    while (core_.asked_.size() < kThreads * kCommands && overslept == 0) {
        if (core_.poll() > 0 || rings_->backlogged()) {
            continue;
        }
        parker->announce();
        if (rings_->ready()) {
            parker->stay();
        } else {
            overslept += parker->park(kLongNs, 0) == ParkEnd::deadline ? 1 : 0;
        }
    }
    EXPECT_EQ(overslept, 0);
    for (std::thread& sender : senders) {
        sender.join();
    }
    while (rings_->backlogged()) {
        core_.poll();
    }
    done.store(true, std::memory_order_release);
    reader.join();
    EXPECT_EQ(events_.size(), static_cast<std::size_t>(kThreads * kCommands));
}

}  // namespace
}  // namespace kera
