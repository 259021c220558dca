#include "vlog/recovery/data_format.hpp"

#include <gtest/gtest.h>

#include "base/crc/crc32c.hpp"
#include "vlog/testing/virtual_log_world.hpp"

namespace kera {
namespace {

class DataFormatTest : public testing::Test {
  protected:
    DataFormatTest() {
        EXPECT_TRUE(world_.start().ok());
        world_.append(0, 1000);
        world_.settle();
    }

    VirtualLogWorld world_{3};
};

TEST_F(DataFormatTest, accepts_what_this_version_has_written) {
    EXPECT_TRUE(check_data_format(world_.disk()).ok());
}

TEST_F(DataFormatTest, refuses_a_journal_of_another_version) {
    const std::shared_ptr<SimFile> file = world_.media().find("journal/0/0.journal");
    std::vector<std::byte> header(file->bytes().begin(),
                                  file->bytes().begin() + kJournalFileHeaderBytes);
    constexpr std::size_t kVersionAt = 8;
    header[kVersionAt] = std::byte(1);
    store_le(header.data(), crc32c(0, header.data() + 4, header.size() - 4));
    file->write(0, header);
    EXPECT_EQ(check_data_format(world_.disk()).error(),
              fail(ErrorCode::unsupported, "data_format", 2, 1));
}

TEST_F(DataFormatTest, refuses_segments_with_files_of_their_own) {
    ASSERT_TRUE(world_.disk().replace_now("streams/7/0/1-0-0.seg", {}).ok());
    EXPECT_EQ(check_data_format(world_.disk()).error(),
              fail(ErrorCode::unsupported, "data_format", 2, 1));
}

TEST_F(DataFormatTest, leaves_a_rotten_header_to_recovery) {
    world_.media().find("journal/0/0.journal")->flip_bit(100);
    EXPECT_TRUE(check_data_format(world_.disk()).ok());
}

}  // namespace
}  // namespace kera
