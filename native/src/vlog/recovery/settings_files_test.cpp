#include "vlog/recovery/settings_files.hpp"

#include <gtest/gtest.h>

#include "disk/posix_files.hpp"
#include "vlog/testing/virtual_log_world.hpp"

namespace kera {
namespace {

class SettingsFilesTest : public testing::Test {
  protected:
    SettingsFilesTest() { EXPECT_TRUE(world_.start().ok()); }

    void append_many(int count) {
        for (int i = 0; i < count; ++i) {
            world_.append(static_cast<std::uint16_t>(i % 2), 1000);
            world_.step();
        }
    }
    bool has_file(const std::string& path) { return world_.media().find(path) != nullptr; }

    VirtualLogWorld world_{3};
};

TEST_F(SettingsFilesTest, either_copy_of_its_settings_is_enough_for_a_stream) {
    append_many(300);
    world_.settle();
    for (const std::string& path : {stream_file_path(VirtualLogWorld::kStream),
                                    catalog_path(VirtualLogWorld::kStream, kCopyEnding)}) {
        SCOPED_TRACE(path);
        ASSERT_TRUE(world_.start().ok());
        world_.media().find(path)->flip_bit(300);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 300U);
        ASSERT_EQ(world_.problems().size(), 1U);
        EXPECT_EQ(world_.problems()[0].fault, RecoveryFault::rotten_stream);
        EXPECT_EQ(world_.problems()[0].path, path);
        world_.media().remove(path);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_EQ(world_.found().size(), 300U);
        ASSERT_TRUE(world_.start().ok());
        EXPECT_TRUE(world_.problems().empty()) << "both copies were mended";
    }
}

TEST_F(SettingsFilesTest, a_stream_without_settings_is_set_aside_and_nothing_of_it_is_removed) {
    append_many(300);
    world_.settle();
    append_many(20);
    world_.log().want_durable();
    while (world_.promised().size() < 320) {
        world_.step();
    }
    ASSERT_TRUE(world_.start().ok());
    const std::string own = stream_file_path(VirtualLogWorld::kStream);
    const Bytes settings = world_.media().find(own)->bytes();
    const std::vector<std::byte> put_back(settings.begin(), settings.end());
    world_.media().remove(own);
    world_.media().remove(catalog_path(VirtualLogWorld::kStream, kCopyEnding));
    for (int starts = 0; starts < 2; ++starts) {
        EXPECT_FALSE(world_.start().ok());
        ASSERT_EQ(world_.aside().size(), 1U);
        EXPECT_EQ(world_.aside()[0].stream, VirtualLogWorld::kStream);
        EXPECT_EQ(world_.aside()[0].why, fail(ErrorCode::corrupt, "stream_file_missing"));
        EXPECT_TRUE(has_file(catalog_path(VirtualLogWorld::kStream, kSetAsideEnding)));
    }
    ASSERT_TRUE(world_.disk().replace_now(own, put_back).ok());
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 320U);
    EXPECT_FALSE(has_file(catalog_path(VirtualLogWorld::kStream, kSetAsideEnding)));
}

TEST_F(SettingsFilesTest, a_stream_whose_folder_is_gone_is_mended) {
    append_many(100);
    world_.settle();
    ASSERT_TRUE(world_.start().ok());
    world_.media().remove_tree(stream_folder(VirtualLogWorld::kStream));
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 100U);
    ASSERT_EQ(world_.problems().size(), 1U);
    EXPECT_EQ(world_.problems()[0].fault, RecoveryFault::rotten_stream);
    ASSERT_TRUE(world_.start().ok());
    EXPECT_TRUE(world_.problems().empty());
}

TEST_F(SettingsFilesTest, a_stream_of_which_only_chunks_are_left_is_set_aside_and_they_stay) {
    append_many(100);
    world_.settle();
    ASSERT_TRUE(world_.start().ok());
    const Bytes settings = world_.media().find(stream_file_path(VirtualLogWorld::kStream))->bytes();
    const std::vector<std::byte> put_back(settings.begin(), settings.end());
    world_.media().remove_tree(stream_folder(VirtualLogWorld::kStream));
    world_.media().remove(catalog_path(VirtualLogWorld::kStream, kCopyEnding));
    for (int starts = 0; starts < 3; ++starts) {
        EXPECT_FALSE(world_.start().ok());
        ASSERT_EQ(world_.aside().size(), 1U);
        EXPECT_EQ(world_.aside()[0].why, fail(ErrorCode::corrupt, "stream_file_missing"));
        EXPECT_FALSE(world_.aside()[0].kept.empty());
    }
    ASSERT_TRUE(
        world_.disk().replace_now(stream_file_path(VirtualLogWorld::kStream), put_back).ok());
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 100U);
}

TEST_F(SettingsFilesTest, a_stream_that_the_control_plane_calls_lost_stays_aside) {
    ASSERT_TRUE(world_.disk().replace_now(catalog_path(StreamId(8), kLostEnding), {}).ok());
    ASSERT_TRUE(world_.start().ok());
    ASSERT_EQ(world_.aside().size(), 1U);
    EXPECT_EQ(world_.aside()[0].stream, StreamId(8));
    EXPECT_EQ(world_.aside()[0].why, fail(ErrorCode::corrupt, "stream_folder_missing", 0, 8));
}

TEST_F(SettingsFilesTest, a_deletion_that_was_interrupted_is_brought_to_its_end) {
    append_many(300);
    world_.settle();
    ASSERT_TRUE(world_.start().ok());
    ASSERT_TRUE(
        world_.disk().replace_now(catalog_path(VirtualLogWorld::kStream, kDeletedEnding), {}).ok());
    EXPECT_FALSE(world_.start().ok());
    EXPECT_TRUE(world_.problems().empty());
    EXPECT_TRUE(world_.aside().empty());
    // Else the chunks that are in log files still would seem to be of a stream that lost its
    // settings.
    const std::string mark = catalog_path(VirtualLogWorld::kStream, kDeletedEnding);
    for (const std::string& path : world_.media().paths()) {
        EXPECT_TRUE(path.starts_with("journal/") || path == mark) << path;
    }
    EXPECT_FALSE(world_.start().ok());
    EXPECT_TRUE(world_.aside().empty());
    for (const std::string& path : world_.media().paths()) {
        if (path.starts_with("journal/")) {
            world_.media().remove(path);
        }
    }
    EXPECT_FALSE(world_.start().ok());
    EXPECT_TRUE(world_.media().paths().empty());
}

TEST_F(SettingsFilesTest, a_creation_that_was_interrupted_leaves_nothing) {
    const std::string leftover = stream_file_path(StreamId(99)) + kAsideSuffix;
    ASSERT_TRUE(world_.disk().replace_now(leftover, std::vector<std::byte>(10)).ok());
    ASSERT_TRUE(world_.start().ok());
    EXPECT_FALSE(has_file(leftover));
    EXPECT_TRUE(world_.aside().empty());
}

TEST_F(SettingsFilesTest, a_file_that_cannot_be_read_sets_its_stream_aside_and_the_start_goes_on) {
    append_many(300);
    world_.settle();
    ASSERT_TRUE(world_.start().ok());
    world_.set_refuses(fail(ErrorCode::corrupt, "lane", 1, 5));
    EXPECT_FALSE(world_.start().ok());
    ASSERT_EQ(world_.aside().size(), 1U);
    EXPECT_EQ(world_.aside()[0].why, fail(ErrorCode::corrupt, "lane", 1, 5));
    EXPECT_EQ(world_.aside()[0].name, "stream");
    world_.set_refuses({});
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.found().size(), 300U);
}

TEST_F(SettingsFilesTest, lanes_that_have_data_are_there_whatever_the_settings_say) {
    append_many(300);
    world_.settle();
    world_.set_lanes_stored(1);
    ASSERT_TRUE(world_.start().ok());
    EXPECT_EQ(world_.lanes_found(), VirtualLogWorld::kLanes);
    EXPECT_EQ(world_.found().size(), 300U);
    EXPECT_TRUE(world_.aside().empty());
}

}  // namespace
}  // namespace kera
