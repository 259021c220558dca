// What an administrator asks of a scripted broker.
#include "client/open/admin.hpp"

#include <gtest/gtest.h>

#include "client/testing/scripted_world.hpp"

namespace kera {
namespace {

TEST(AdminTest, creates_and_describes_streams) {
    ScriptedWorld world;
    Admin admin(*world.client);
    StreamSettings settings;
    settings.streamlets = 12;
    const Result<StreamAnswer> made = admin.create_stream("orders", settings);
    ASSERT_TRUE(made.ok());
    const Result<StreamAnswer> found = admin.describe_stream("orders");
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->stream, made->stream);
    EXPECT_EQ(found->settings, settings);
    const Result<StreamAnswer> missing = admin.describe_stream("nothing");
    EXPECT_EQ(missing.error().code, ErrorCode::unknown_stream);
    EXPECT_FALSE(admin.describe_stream("").ok());
}

TEST(AdminTest, gives_up_at_the_deadline_and_ignores_a_late_answer) {
    ScriptedWorld world;
    Admin admin(*world.client);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    std::int64_t correlation = -1;
    world.broker->on_request = [&](const FrameView& frame) {
        correlation = frame.header().correlation_id;
        return true;
    };
    const Result<StreamListAnswer> listed = admin.list_streams(kNanosPerSecond);
    EXPECT_EQ(listed.error().code, ErrorCode::timed_out);
    world.broker->answer(StreamListAnswer{}, correlation);
    world.poll(2);
    EXPECT_TRUE(world.client->loop().connection().ready());
}

TEST(AdminTest, fails_at_once_when_the_session_breaks) {
    ScriptedWorld world;
    Admin admin(*world.client);
    ASSERT_TRUE(world.client->await_session(kNanosPerSecond).ok());
    world.broker->on_request = [&](const FrameView&) {
        world.transport->cut();
        return true;
    };
    EXPECT_EQ(admin.list_streams(kNanosPerSecond).error().code, ErrorCode::disconnected);
}

}  // namespace
}  // namespace kera
