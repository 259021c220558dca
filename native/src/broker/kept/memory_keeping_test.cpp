#include "broker/kept/memory_keeping.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "base/log.hpp"
#include "disk/sim_disk.hpp"
#include "keeper/testing/text_memory.hpp"

namespace kera {
namespace {

// Gives what a test says, and counts what it is asked to give up.
class CountingKeeper final : public MemoryKeeper {
  public:
    struct Counts {
        int drops = 0;
        int forgets = 0;
    };
    CountingKeeper(Counts& counts, Result<KeptMemory> kept) noexcept
        : counts_(counts), kept_(std::move(kept)) {}

    Result<KeptMemory> take() override { return std::move(kept_); }
    Result<void> drop() override {
        ++counts_.drops;
        return {};
    }
    Result<void> keep(int, int) override { return {}; }
    void forget() noexcept override { ++counts_.forgets; }

  private:
    Counts& counts_;
    Result<KeptMemory> kept_;
};

class MemoryKeepingTest : public testing::Test {
  protected:
    MemoryKeepingTest() : sink_before_(set_log_sink([](LogLevel, std::string_view) {})) {}
    ~MemoryKeepingTest() override { set_log_sink(sink_before_); }

    // What a start says that finds this, and then does not come to serve.
    Result<void> start_with(Result<KeptMemory> kept) {
        MemoryKeeping keeping(std::make_unique<CountingKeeper>(counts, std::move(kept)), config_);
        const Result<void> finished = keeping.finish_last(disk_, clock_, random_);
        keeping.end();
        return finished;
    }

    CountingKeeper::Counts counts;

  private:
    LogSink sink_before_;
    CoreConfig config_;
    ManualClock clock_;
    Random random_{1};
    SimMedia media_;
    SimDisk disk_{media_, clock_, random_};
};

TEST_F(MemoryKeepingTest, gives_nothing_up_that_it_could_not_get) {
    const Error full = fail(ErrorCode::limit_exceeded, "keeper_descriptors_errno", 0, 24);
    const Result<void> started = start_with(full);
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error(), full);
    EXPECT_EQ(counts.drops, 0);
    EXPECT_EQ(counts.forgets, 0);
}

TEST_F(MemoryKeepingTest, starts_without_what_can_never_be_used) {
    EXPECT_TRUE(start_with(KeptMemory{memory_with("chunks"), memory_with("no tails")}).ok());
    EXPECT_EQ(counts.drops, 1);
    EXPECT_EQ(counts.forgets, 1);
}

TEST_F(MemoryKeepingTest, ends_a_keeper_that_has_nothing) {
    EXPECT_TRUE(start_with(KeptMemory()).ok());
    EXPECT_EQ(counts.forgets, 1);
}

}  // namespace
}  // namespace kera
