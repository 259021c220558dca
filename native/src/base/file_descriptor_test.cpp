#include "base/file_descriptor.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <array>

namespace kera {
namespace {

bool is_open(int fd) {
    return fcntl(fd, F_GETFD) != -1;
}

TEST(FileDescriptorTest, closes_what_it_owns) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    {
        const FileDescriptor reader(ends[0]);
        FileDescriptor writer(ends[1]);
        EXPECT_TRUE(reader.open());
        const FileDescriptor moved = std::move(writer);
        EXPECT_EQ(moved.get(), ends[1]);
        EXPECT_TRUE(is_open(ends[1]));
    }
    EXPECT_FALSE(is_open(ends[0]));
    EXPECT_FALSE(is_open(ends[1]));
}

TEST(FileDescriptorTest, lets_go_on_release_and_closes_on_reset) {
    std::array<int, 2> ends{};
    ASSERT_EQ(pipe(ends.data()), 0);
    FileDescriptor owner(ends[0]);
    EXPECT_EQ(owner.release(), ends[0]);
    EXPECT_FALSE(owner.open());
    EXPECT_TRUE(is_open(ends[0]));
    owner.reset(ends[0]);
    owner.reset(ends[1]);
    EXPECT_FALSE(is_open(ends[0]));
    owner.reset();
    EXPECT_FALSE(is_open(ends[1]));
}

}  // namespace
}  // namespace kera
