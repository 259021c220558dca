// The core behind its C functions: opened, driven, refused.
// One thread; each test closes what it opened.
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <string>

#include "base/testing/no_more_threads.hpp"
#include "kera/kera_core.h"

namespace {

class CoreAbiTest : public ::testing::Test {
  protected:
    CoreAbiTest() {
        kera_core_options_init(&options, sizeof(options));
        options.arena_bytes = 32U << 20U;
        options.touch_ahead = 0;
    }
    ~CoreAbiTest() override { kera_core_close(core); }

    kera_core_options options{};
    kera_core* core = nullptr;
    kera_error error{};
};

TEST_F(CoreAbiTest, opens_listens_runs_and_closes) {
    const std::array<const char*, 1> listen{"tcp:127.0.0.1:0"};
    options.listen = listen.data();
    options.listen_count = 1;
    ASSERT_EQ(kera_core_open(&options, &core, &error), KERA_OK) << error.what;
    const std::string endpoint = kera_core_endpoint(core, 0);
    EXPECT_EQ(endpoint.rfind("tcp:127.0.0.1:", 0), 0U);
    EXPECT_NE(endpoint, "tcp:127.0.0.1:0");
    EXPECT_EQ(kera_core_endpoint(core, 1), nullptr);
    ASSERT_EQ(kera_core_start(core, &error), KERA_OK) << error.what;
    EXPECT_EQ(kera_core_start(core, &error), KERA_INVALID_ARGUMENT);
    EXPECT_EQ(std::string(error.what), "core_is_started");
    EXPECT_EQ(kera_core_poll(core), 0) << "its threads do that";
    kera_core_stop(core);
    EXPECT_EQ(kera_core_is_settled(core), 0);
}

TEST_F(CoreAbiTest, says_when_the_system_gives_no_threads) {
    options.reactor_count = 2;
    ASSERT_EQ(kera_core_open(&options, &core, &error), KERA_OK) << error.what;
    {
        const kera::NoMoreThreads none;
        EXPECT_EQ(kera_core_start(core, &error), KERA_LIMIT_EXCEEDED);
    }
    EXPECT_EQ(std::string(error.what), "reactor_thread_errno");
    EXPECT_EQ(error.value, EAGAIN);
    EXPECT_EQ(kera_core_start(core, &error), KERA_OK) << error.what;
}

TEST_F(CoreAbiTest, can_be_driven_by_its_host) {
    ASSERT_EQ(kera_core_open(&options, &core, &error), KERA_OK);
    kera_core_drain(core);
    for (int turns = 0; turns < 100'000'000 && kera_core_is_settled(core) == 0; ++turns) {
        kera_core_poll(core);
    }
    EXPECT_EQ(kera_core_is_settled(core), 1);
}

TEST_F(CoreAbiTest, shows_rings_and_counters_by_address) {
    ASSERT_EQ(kera_core_open(&options, &core, &error), KERA_OK);
    EXPECT_NE(kera_core_control_to_core(core).address, nullptr);
    EXPECT_GT(kera_core_control_from_core(core).bytes, 0U);
    EXPECT_GT(kera_core_counters_metadata(core).bytes, kera_core_counters_values(core).bytes);
    EXPECT_NE(std::string(kera_core_memory(core)).find("pages="), std::string::npos);
}

TEST_F(CoreAbiTest, names_what_is_wrong_with_its_arguments) {
    EXPECT_EQ(kera_core_open(nullptr, &core, &error), KERA_INVALID_ARGUMENT);
    EXPECT_EQ(kera_core_open(&options, nullptr, &error), KERA_INVALID_ARGUMENT);
    options.reactor_count = 99;
    EXPECT_EQ(kera_core_open(&options, &core, &error), KERA_INVALID_ARGUMENT);
    EXPECT_STREQ(error.what, "reactor_count");
    EXPECT_EQ(error.value, 99);
    options.reactor_count = 1;
    options.idle = 7;
    EXPECT_EQ(kera_core_open(&options, &core, nullptr), KERA_INVALID_ARGUMENT);
    options.idle = 0;
    options.struct_bytes = 8;
    EXPECT_EQ(kera_core_open(&options, &core, &error), KERA_INVALID_ARGUMENT);
    EXPECT_STREQ(error.what, "struct_bytes");
    EXPECT_EQ(core, nullptr);
}

}  // namespace
