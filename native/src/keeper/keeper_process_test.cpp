#include "keeper/keeper_process.hpp"

#include <gtest/gtest.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>

#include "base/testing/lowered_limit.hpp"
#include "base/testing/temp_folder.hpp"
#include "keeper/keeper_protocol.hpp"
#include "keeper/testing/text_memory.hpp"

namespace kera {
namespace {

constexpr std::int64_t kLongSeconds = 600;

class KeeperProcessTest : public testing::Test {
  protected:
    KeeperProcessTest() { std::filesystem::create_directory(data_); }

    std::unique_ptr<KeeperProcess> reach(std::int64_t seconds = kLongSeconds) {
        Result<std::unique_ptr<KeeperProcess>> keeper = KeeperProcess::reach(data_, seconds);
        EXPECT_TRUE(keeper.ok()) << describe(keeper.error());
        return std::move(keeper).value();
    }
    static void keep(KeeperProcess& keeper, const std::string& chunks, const std::string& tails) {
        const FileDescriptor first = memory_with(chunks);
        const FileDescriptor second = memory_with(tails);
        ASSERT_TRUE(keeper.keep(first.get(), second.get()).ok());
    }
    std::string socket_path() const { return data_ + "/" + KERA_KEEPER_SOCKET; }
    bool has_socket() const { return std::filesystem::exists(socket_path()); }

    // A keeper that is left ends with it, because its socket's name is gone.
    TempFolder folder_;
    // Longer than a socket's path may be.
    std::string data_ = folder_.path() + "/" + std::string(200, 'd');
};

TEST_F(KeeperProcessTest, gives_the_next_node_what_the_last_one_has_kept) {
    keep(*reach(), "the chunks", "their tails");
    for (int node = 0; node < 3; ++node) {
        const KeptMemory kept = reach()->take().value();
        ASSERT_FALSE(kept.empty());
        EXPECT_EQ(text_in(kept.chunks), "the chunks");
        EXPECT_EQ(text_in(kept.tails), "their tails");
    }
}

TEST_F(KeeperProcessTest, has_nothing_at_first_and_nothing_after_a_drop) {
    const std::unique_ptr<KeeperProcess> keeper = reach();
    EXPECT_TRUE(keeper->take()->empty());
    keep(*keeper, "a", "b");
    EXPECT_FALSE(keeper->take()->empty());
    ASSERT_TRUE(keeper->drop().ok());
    EXPECT_TRUE(keeper->take()->empty());
}

TEST_F(KeeperProcessTest, keeps_what_was_given_last) {
    const std::unique_ptr<KeeperProcess> keeper = reach();
    keep(*keeper, "first", "first");
    keep(*keeper, "second", "second");
    EXPECT_EQ(text_in(keeper->take()->chunks), "second");
}

TEST_F(KeeperProcessTest, does_not_call_it_nothing_when_no_descriptor_is_free) {
    keep(*reach(), "a", "b");
    const std::unique_ptr<KeeperProcess> keeper = reach();
    {
        const LoweredLimit no_more(RLIMIT_NOFILE, 0);
        const Result<KeptMemory> kept = keeper->take();
        ASSERT_FALSE(kept.ok());
        EXPECT_EQ(kept.error(),
                  fail(ErrorCode::limit_exceeded, "keeper_descriptors_errno", 0, EMFILE));
    }
    EXPECT_EQ(text_in(keeper->take()->chunks), "a");
}

TEST_F(KeeperProcessTest, ends_when_it_is_told_to_forget) {
    std::unique_ptr<KeeperProcess> keeper = reach();
    keep(*keeper, "a", "b");
    keeper->forget();
    EXPECT_FALSE(has_socket());
    EXPECT_TRUE(reach()->take()->empty());
}

TEST_F(KeeperProcessTest, ends_when_no_node_comes_in_time) {
    const FileDescriptor watch(::inotify_init1(IN_CLOEXEC));
    ASSERT_GE(::inotify_add_watch(watch.get(), data_.c_str(), IN_DELETE), 0);
    keep(*reach(1), "a", "b");
    std::array<char, 4096> event{};
    ASSERT_GT(::read(watch.get(), event.data(), event.size()), 0);
    EXPECT_FALSE(has_socket());
}

TEST_F(KeeperProcessTest, takes_over_the_name_that_a_dead_keeper_has_left) {
    ASSERT_EQ(::mknod(socket_path().c_str(), S_IFSOCK | S_IRUSR | S_IWUSR, 0), 0);
    EXPECT_TRUE(reach()->take()->empty());
    EXPECT_TRUE(has_socket());
}

TEST_F(KeeperProcessTest, says_why_there_is_none) {
    const auto keeper = KeeperProcess::reach(folder_.path() + "/absent", kLongSeconds);
    ASSERT_FALSE(keeper.ok());
    EXPECT_EQ(keeper.error(), fail(ErrorCode::unsupported, "keeper_folder_errno", 0, ENOENT));
}

TEST(KeptMappingTest, refuses_memory_that_could_shrink_under_its_reader) {
    const FileDescriptor memory = memory_with("text", F_SEAL_GROW);
    const auto mapping = KeptMapping::map(memory);
    ASSERT_FALSE(mapping.ok());
    EXPECT_EQ(mapping.error(),
              fail(ErrorCode::malformed, "kept_memory_seals", F_SEAL_SHRINK, F_SEAL_GROW));
}

}  // namespace
}  // namespace kera
