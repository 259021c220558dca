#include "broker/first_reactor/producer_ids.hpp"

#include <gtest/gtest.h>

#include <limits>

#include "broker/control/control_client.hpp"
#include "broker/testing/broker_world.hpp"
#include "wire/message/control_messages.hpp"

namespace kera {
namespace {

TEST(ProducerIdsTest, takes_no_grant_behind_which_no_id_could_follow) {
    CoreConfig config = BrokerWorld::small_config();
    config.authority = Authority::control;
    BrokerWorld world(config);
    ControlClient control(world.core().control(), world.net().clock(), [](const FrameView&) {});
    const auto granted = [&](std::int64_t first) {
        FrameBuffer buffer;
        GrantProducerIds{ProducerId(first), 100}.encode(buffer, control.next_correlation_id());
        const auto answer = control.call(buffer.frame(), world.net().now_ns() + kNanosPerSecond,
                                         [&world] { world.turn(); });
        return CommandDone::decode(answer->frame()).value();
    };
    const std::int64_t last = std::numeric_limits<std::int64_t>::max();
    const CommandDone refused = granted(last);
    EXPECT_EQ(refused.code, ErrorCode::invalid_argument);
    EXPECT_EQ(refused.value, last);
    EXPECT_EQ(granted(1).code, ErrorCode::ok);
    RawClient client(world, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(client.ask<OpenProducerAnswer>(OpenProducer{})->producer, ProducerId(1));
}

}  // namespace
}  // namespace kera
