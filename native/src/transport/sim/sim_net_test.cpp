#include "transport/sim/sim_net.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "transport/sim/sim_transport.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {
namespace {

struct SimNode {
    SimNode(SimNet& net, const std::string& name) : transport(net.open(name)) {}

    std::unique_ptr<SimTransport> transport;
    TransportRecorder recorder;
};

class SimNetTest : public testing::Test {
  protected:
    explicit SimNetTest(std::uint64_t seed = 7) : net_(seed) {}

    // A server on node1 and a client on node2, connected.
    void connect(const LinkFaults& faults) {
        net_.set_faults(faults);
        server_ = std::make_unique<SimNode>(net_, "node1");
        client_ = std::make_unique<SimNode>(net_, "node2");
        ASSERT_TRUE(server_->transport->listen({"sim", "node1"}).ok());
        here_ = client_->transport->connect({"sim", "node1"}).value();
        run();
        ASSERT_EQ(client_->recorder.connected.size(), 1U);
        there_ = server_->recorder.connected.at(0);
    }

    void poll() {
        for (SimNode* node : {server_.get(), client_.get()}) {
            if (node != nullptr) {
                node->transport->poll(node->recorder, 16);
            }
        }
    }

    // Until nothing is under way any more but timers beyond `span_ns`.
    void run(std::int64_t span_ns = 100 * kNanosPerMilli) {
        const std::int64_t until_ns = net_.now_ns() + span_ns;
        while (net_.next_event_ns() <= until_ns) {
            net_.step();
            poll();
        }
        net_.advance_ns(until_ns - net_.now_ns());
        poll();
    }

    SendOutcome send(std::uint32_t seed, Token token = kNoToken) {
        frames_.push_back(std::make_unique<ByteVector>(make_frame(4096, seed)));
        return send_frame(*client_->transport, here_, *frames_.back(), 24, token);
    }

    std::vector<std::unique_ptr<ByteVector>> frames_;  // outlive the net that checks them
    SimNet net_;
    std::unique_ptr<SimNode> server_;
    std::unique_ptr<SimNode> client_;
    EndpointId here_;
    EndpointId there_;
};

std::string run_of_seed(std::uint64_t seed) {
    LinkFaults faults;
    faults.again_chance = 0.2;
    faults.break_chance = 0.01;
    faults.release_delay_ns_max = kNanosPerMilli;
    std::vector<std::unique_ptr<ByteVector>> frames;
    SimNet net(seed);
    net.set_faults(faults);
    SimNode server(net, "node1");
    SimNode client(net, "node2");
    EXPECT_TRUE(server.transport->listen({"sim", "node1"}).ok());
    EndpointId endpoint = client.transport->connect({"sim", "node1"}).value();
    std::string history;
    for (std::uint32_t step = 0; step < 400; ++step) {
        frames.push_back(std::make_unique<ByteVector>(make_frame(128, step)));
        const SendOutcome outcome =
            send_frame(*client.transport, endpoint, *frames.back(), 24, step + 1);
        if (outcome == SendOutcome::gone) {
            endpoint = client.transport->connect({"sim", "node1"}).value();
        }
        net.step();
        server.transport->poll(server.recorder, 4);
        client.transport->poll(client.recorder, 4);
        history += std::to_string(net.now_ns()) + "/" +
                   std::to_string(server.recorder.received.size()) + "/" +
                   std::to_string(client.recorder.released.size()) + " ";
    }
    return history;
}

TEST_F(SimNetTest, replays_the_same_run_from_the_same_seed) {
    EXPECT_EQ(run_of_seed(11), run_of_seed(11));
    EXPECT_NE(run_of_seed(11), run_of_seed(12));
}

TEST_F(SimNetTest, never_reorders_or_repeats_whatever_the_delays) {
    LinkFaults faults;
    faults.delay_ns_min = 0;
    faults.delay_ns_max = 10 * kNanosPerMilli;
    faults.again_chance = 0.3;
    connect(faults);
    std::uint32_t sent = 0;
    while (sent < 300) {
        if (send(sent) == SendOutcome::sent) {
            ++sent;
        } else {
            net_.step();
            poll();
        }
    }
    run();
    ASSERT_EQ(server_->recorder.received.size(), sent);
    for (std::uint32_t index = 0; index < sent; ++index) {
        ASSERT_EQ(seed_of(server_->recorder.received[index].frame), index);
    }
    EXPECT_FALSE(client_->recorder.writable.empty());
}

TEST_F(SimNetTest, holds_frames_at_a_cut_link_until_it_heals) {
    connect({});
    net_.partition("node2", "node1");
    ASSERT_EQ(send(1), SendOutcome::sent);
    ASSERT_EQ(send_frame(*server_->transport, there_, make_frame(64, 2), 24, kNoToken),
              SendOutcome::sent);
    run(kNanosPerSecond);
    EXPECT_TRUE(server_->recorder.received.empty());
    EXPECT_EQ(client_->recorder.received.size(), 1U) << "only one direction is cut";
    net_.heal("node2", "node1");
    run();
    EXPECT_EQ(server_->recorder.received.size(), 1U);
    run(20 * kNanosPerSecond);
    EXPECT_TRUE(client_->recorder.disconnected.empty()) << "the timer of a healed cut does nothing";
}

TEST_F(SimNetTest, gives_a_silent_peer_up_and_returns_the_tokens) {
    connect({});
    net_.partition("node2", "node1");
    ASSERT_EQ(send(1, 41), SendOutcome::sent);
    run(6 * kNanosPerSecond);
    EXPECT_EQ(client_->recorder.disconnected[here_.value()].at(0).code, ErrorCode::timed_out);
    EXPECT_EQ(server_->recorder.disconnected[there_.value()].at(0).code, ErrorCode::timed_out);
    EXPECT_EQ(client_->recorder.released[41], 1);
    net_.heal_all();
    run();
    EXPECT_TRUE(server_->recorder.received.empty());
    EXPECT_EQ(send(2), SendOutcome::gone);
}

TEST_F(SimNetTest, does_not_connect_over_a_cut_link) {
    connect({});
    net_.partition("node1", "node2");
    const EndpointId second = client_->transport->connect({"sim", "node1"}).value();
    run(11 * kNanosPerSecond);
    EXPECT_EQ(client_->recorder.disconnected[second.value()].at(0).code, ErrorCode::timed_out);
    EXPECT_EQ(server_->recorder.connected.size(), 1U);
}

TEST_F(SimNetTest, a_paused_node_fills_its_senders_window) {
    connect({});
    net_.pause("node1");
    std::uint32_t sent = 0;
    while (send(sent) == SendOutcome::sent) {
        ++sent;
        net_.step();
        ASSERT_LT(sent, 10'000U);
    }
    run();
    EXPECT_EQ(server_->recorder.message_count, 0U);
    EXPECT_TRUE(client_->recorder.writable.empty());
    net_.resume("node1");
    for (int round = 0; round < 100; ++round) {
        run(kNanosPerMilli);
    }
    EXPECT_EQ(server_->recorder.received.size(), sent);
    EXPECT_EQ(client_->recorder.writable.size(), 1U);
}

TEST_F(SimNetTest, a_crash_is_heard_at_once_from_a_process_and_late_from_a_machine) {
    for (const bool machine : {false, true}) {
        connect({});
        net_.crash("node1", machine);
        ASSERT_EQ(send(1, 5), SendOutcome::sent);
        run(kNanosPerSecond);
        EXPECT_EQ(client_->recorder.disconnected.contains(here_.value()), !machine);
        run(10 * kNanosPerSecond);
        EXPECT_TRUE(client_->recorder.disconnected.contains(here_.value()));
        EXPECT_EQ(client_->recorder.released[5], 1);
        EXPECT_TRUE(server_->recorder.disconnected.empty()) << "the dead hear nothing";
        server_.reset();
        client_.reset();
    }
}

TEST_F(SimNetTest, a_new_incarnation_takes_the_address_over) {
    connect({});
    net_.crash("node1", false);
    server_ = std::make_unique<SimNode>(net_, "node1");
    ASSERT_TRUE(server_->transport->listen({"sim", "node1"}).ok());
    run();
    EXPECT_TRUE(server_->recorder.connected.empty());
    here_ = client_->transport->connect({"sim", "node1"}).value();
    run();
    ASSERT_EQ(send(1), SendOutcome::sent);
    run();
    EXPECT_EQ(server_->recorder.received.size(), 1U);
}

TEST_F(SimNetTest, breaks_connections_on_command_on_both_sides) {
    connect({});
    ASSERT_EQ(send(1, 9), SendOutcome::sent);
    net_.break_connections("node1", "node2");
    run();
    EXPECT_EQ(client_->recorder.disconnected[here_.value()].size(), 1U);
    EXPECT_EQ(server_->recorder.disconnected[there_.value()].size(), 1U);
    EXPECT_EQ(client_->recorder.released[9], 1);
}

TEST_F(SimNetTest, releases_late_when_told_to) {
    LinkFaults faults;
    faults.release_delay_ns_max = kNanosPerSecond;
    connect(faults);
    for (Token token = 1; token <= 20; ++token) {
        ASSERT_EQ(send(static_cast<std::uint32_t>(token), token), SendOutcome::sent);
    }
    run(10 * kNanosPerMilli);
    EXPECT_EQ(server_->recorder.received.size(), 20U);
    EXPECT_LT(client_->recorder.released.size(), 20U);
    run(2 * kNanosPerSecond);
    EXPECT_EQ(client_->recorder.released.size(), 20U);
}

using SimNetDeathTest = SimNetTest;

TEST_F(SimNetDeathTest, catches_a_sender_that_touches_a_body_before_its_release) {
    connect({});
    ASSERT_EQ(send(1, 3), SendOutcome::sent);
    frames_.back()->at(1000) ^= std::byte{1};
    EXPECT_DEATH(run(), "crc");
}

TEST_F(SimNetTest, leaves_a_held_message_alone) {
    connect({});
    std::vector<Inbound> held;
    server_->recorder.respond = [&](EndpointId, Inbound&& message) {
        held.push_back(std::move(message));
    };
    ASSERT_EQ(send(1), SendOutcome::sent);
    run();
    ASSERT_EQ(held.size(), 1U);
    EXPECT_EQ(joined(held[0]), *frames_.back());
    held.clear();
}

}  // namespace
}  // namespace kera
