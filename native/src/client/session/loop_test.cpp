// A loop with a thread of its own, and those who hand work over to it.
#include "client/session/loop.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <system_error>
#include <thread>

#include "base/file_descriptor.hpp"
#include "base/testing/lowered_limit.hpp"
#include "client/session/session_membership.hpp"
#include "client/testing/scripted_transport.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera {
namespace {

constexpr std::int64_t kLongNs = 60 * kNanosPerSecond;
constexpr int kThreads = 2;
constexpr int kParcels = 2'000;

// A broker that takes connections and never says anything.
class SilentBroker {
  public:
    SilentBroker() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t bytes = sizeof(address);
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(::bind(listener_.get(), any, bytes), 0);
        EXPECT_EQ(::listen(listener_.get(), 1), 0);
        EXPECT_EQ(::getsockname(listener_.get(), any, &bytes), 0);
        uri_ = {"tcp", "127.0.0.1:" + std::to_string(ntohs(address.sin_port))};
    }
    const Uri& uri() const { return uri_; }

  private:
    const FileDescriptor listener_;
    Uri uri_;
};

// Takes parcels that threads hand over, as a producer takes chunks.
class Taker final : public SessionUser {
  public:
    explicit Taker(Loop& loop) : membership_(loop, *this) {}

    std::function<void()> on_poll = [] {};

    // Any thread.
    int hand_over() { return handed_over_.fetch_add(1, std::memory_order_release) + 1; }
    int taken() const { return taken_.load(std::memory_order_acquire); }

    int poll(std::int64_t) override {
        on_poll();
        const int more = handed_over_.load(std::memory_order_acquire) - taken();
        taken_.fetch_add(more, std::memory_order_release);
        return more;
    }
    std::int64_t next_deadline_ns() const override { return kNoDeadline; }
    bool has_work() const override {
        return handed_over_.load(std::memory_order_acquire) != taken();
    }
    bool idle() const override { return true; }
    void shut_down(const Error&) override {}
    void on_session_ready() override {}
    void on_session_lost() override {}
    std::uint32_t index() const { return membership_.index(); }

  private:
    const SessionMembership membership_;
    std::atomic<int> handed_over_{0};
    std::atomic<int> taken_{0};
};

// The loop sleeps after each round that found nothing. A lost wake-up leaves it asleep until the
// attempt to connect ends, which gives that up.
class LoopThreadTest : public testing::Test {
  protected:
    LoopThreadTest()
        : loop_(TcpTransport::open(tcp(), clock_).value(), clock_, broker_.uri(), options()) {
        loop_.start();
    }

    static TcpOptions tcp() {
        TcpOptions options;
        options.connect_deadline_ns = kLongNs;
        return options;
    }
    static LoopOptions options() {
        LoopOptions options;
        options.io_thread = true;
        options.idle_polls_max = 0;
        options.connection.connect_timeout_ns = kLongNs;
        return options;
    }
    template <class Body>
    static void in_threads(Body&& body) {
        std::vector<std::thread> threads;
        for (int number = 0; number < kThreads; ++number) {
            threads.emplace_back(body);
        }
        for (std::thread& thread : threads) {
            thread.join();
        }
    }
    // On the loop's thread.
    bool has_lost_a_wake() { return loop_.connection().last_error().code == ErrorCode::timed_out; }

    const SystemClock clock_;
    const SilentBroker broker_;
    Loop loop_;
};

TEST_F(LoopThreadTest, wakes_for_each_task) {
    int done = 0;
    std::atomic<bool> lost{false};
    in_threads([this, &done, &lost] {
        for (int task = 0; task < kParcels && !lost; ++task) {
            loop_.run([this, &done, &lost] {
                ++done;
                lost = has_lost_a_wake();
            });
        }
    });
    EXPECT_FALSE(lost);
    EXPECT_EQ(done, kThreads * kParcels);
    loop_.stop();
}

TEST_F(LoopThreadTest, wakes_for_what_is_handed_to_a_user) {
    std::unique_ptr<Taker> taker;
    std::atomic<bool> lost{false};
    loop_.run([&] {
        taker = std::make_unique<Taker>(loop_);
        taker->on_poll = [this, &lost] { lost = has_lost_a_wake(); };
    });
    in_threads([this, &taker, &lost] {
        for (int parcel = 0; parcel < kParcels && !lost; ++parcel) {
            const int handed_over = taker->hand_over();
            loop_.wake();
            // Until then, so that the loop sleeps between two of them.
            while (taker->taken() < handed_over) {
                std::this_thread::yield();
            }
        }
    });
    EXPECT_FALSE(lost);
    EXPECT_EQ(taker->taken(), kThreads * kParcels);
    const std::uint32_t index = taker->index();
    loop_.run(
        [&] { loop_.users().retire(index, std::move(taker), {ErrorCode::closed, "test", 0, 0}); });
    loop_.stop();
}

TEST_F(LoopThreadTest, runs_tasks_where_it_is_called_once_its_thread_has_gone) {
    loop_.stop();
    bool done = false;
    loop_.run([&done] { done = true; });
    EXPECT_TRUE(done);
    EXPECT_FALSE(loop_.wait_until(clock_.now_ns() + kLongNs, [] { return false; }));
}

TEST(LoopTest, throws_when_the_system_has_no_descriptor_to_wake_it_by) {
    ManualClock clock;
    const LoweredLimit descriptors(RLIMIT_NOFILE, 0);
    EXPECT_THROW(Loop(std::make_unique<ScriptedTransport>(clock), clock, {"script", "broker"}, {}),
                 std::system_error);
}

}  // namespace
}  // namespace kera
