#include "broker/session/request_guard.hpp"

#include <gtest/gtest.h>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

// What is thrown while a request is handled, here by a disk, ends there.
class FailingInsideTest : public ::testing::TestWithParam<std::int32_t> {};

TEST_P(FailingInsideTest, a_request_is_answered_internal_counted_and_its_connection_closed) {
    CoreConfig config = BrokerWorld::disk_config();
    config.reactor_count = GetParam();
    BrokerWorld world(config);
    // Of the last reactor, which passes the request on where it is not the first.
    const std::string uri =
        config.reactor_count == 1 ? "sim:broker" : "sim:broker/" + std::to_string(GetParam() - 1);
    RawClient client(world, "client", uri);
    RawClient other(world, "other", "sim:broker");
    client.hello();
    other.hello();
    world.disk().faults().throws = true;
    client.send_message(CreateStream{kAnyStream, {}, "clicks"}, 5);
    const ReceivedFrame frame = client.wait_for(5);
    world.disk().faults().throws = false;
    ASSERT_EQ(frame.template_id(), static_cast<std::uint16_t>(Template::error_answer));
    const ErrorAnswer answer = ErrorAnswer::decode(frame.view()).value();
    EXPECT_EQ(answer.code, ErrorCode::internal);
    EXPECT_EQ(answer.template_id, static_cast<std::uint16_t>(Template::create_stream));
    EXPECT_TRUE(world.run_until([&client] { return !client.connected(); }));
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().internal_errors.value(), 1);
    EXPECT_TRUE(other.ask<PingAnswer>(Ping{}).ok());
    const StreamAnswer stream = other.create("others");
    EXPECT_EQ(other.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
}

INSTANTIATE_TEST_SUITE_P(Reactors, FailingInsideTest, ::testing::Values(1, 2));

// The change before it ends where the disk reports, so no guard of a message is around this one.
TEST(RequestGuardTest, a_request_that_throws_when_its_turn_comes_ends_alone) {
    BrokerWorld world(BrokerWorld::disk_config());
    RawClient client(world, "client", "sim:broker");
    RawClient other(world, "other", "sim:broker");
    client.hello();
    other.hello();
    AlterStream longer;
    longer.stream = client.create("clicks").stream;
    longer.retention_ms = 1'000;
    world.disk().options().operation_ns = 20 * kNanosPerMilli;
    other.send_message(longer, 5);
    world.run_ms(5);
    client.send_message(longer, 6);
    world.run_ms(5);
    // The settings and their copy; what is begun after them belongs to the other request.
    int replaced = 0;
    world.disk().options().on_operation = [&](const DiskOperation& operation) {
        replaced += operation.action == DiskAction::replace ? 1 : 0;
        world.disk().faults().throws = replaced == 2;
    };
    EXPECT_NE(other.wait_for(5).template_id(), static_cast<std::uint16_t>(Template::error_answer));
    const ReceivedFrame refused = client.wait_for(6);
    world.disk().options().on_operation = nullptr;
    world.disk().faults().throws = false;
    ASSERT_EQ(refused.template_id(), static_cast<std::uint16_t>(Template::error_answer));
    EXPECT_EQ(ErrorAnswer::decode(refused.view()).value().code, ErrorCode::internal);
    EXPECT_TRUE(world.run_until([&client] { return !client.connected(); }));
    EXPECT_EQ(world.core().reactor(ReactorId(0)).counters().internal_errors.value(), 1);
    const StreamAnswer stream = other.create("others");
    EXPECT_EQ(other.append({ChunkFor{}.in(stream).bytes()})[0].code, ErrorCode::ok);
}

}  // namespace
}  // namespace kera
