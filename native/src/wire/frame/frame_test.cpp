#include "wire/frame/frame.hpp"

#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "kera_codec_client/Append.h"
#include "kera_codec_client/DescribeNodeAnswer.h"
#include "kera_codec_client/ErrorCode.h"
#include "kera_codec_client/Push.h"
#include "wire/frame/templates.hpp"
#include "wire/message/session_messages.hpp"

namespace kera {
namespace {

FrameBuffer ping(std::int64_t correlation_id) {
    FrameBuffer buffer;
    Ping{}.encode(buffer, correlation_id);
    return buffer;
}

TEST(FrameTest, reads_the_header_that_it_wrote) {
    const FrameBuffer buffer = ping(77);
    const auto header = read_frame_header(buffer.frame(), kFrameBytesBeforeHello);
    ASSERT_TRUE(header.ok());
    EXPECT_EQ(header->length, kFrameHeaderBytes);
    EXPECT_EQ(header->correlation_id, 77);
    EXPECT_EQ(header->template_id, static_cast<std::uint16_t>(Template::ping));
    EXPECT_EQ(header->schema_id, kClientSchemaId);
}

TEST(FrameTest, refuses_a_header_cut_short) {
    const FrameBuffer buffer = ping(1);
    const auto header = read_frame_header(buffer.frame().first(23), kFrameBytesBeforeHello);
    ASSERT_FALSE(header.ok());
    EXPECT_EQ(header.error().code, ErrorCode::malformed);
    EXPECT_EQ(header.error().value, 23);
}

TEST(FrameTest, refuses_a_length_below_the_header_or_not_a_multiple_of_eight) {
    for (const std::uint32_t length : {0U, 16U, 23U, 25U, 31U}) {
        FrameBuffer buffer = ping(1);
        store_le<std::uint32_t>(buffer.reserve(kFrameHeaderBytes).data(), length);
        buffer.finish(kFrameHeaderBytes, 1);
        std::vector<std::byte> bytes(buffer.frame().begin(), buffer.frame().end());
        store_le<std::uint32_t>(bytes.data(), length);
        const auto header = read_frame_header(bytes, kFrameBytesBeforeHello);
        ASSERT_FALSE(header.ok()) << length;
        EXPECT_EQ(header.error().code, ErrorCode::malformed);
        EXPECT_EQ(header.error().value, length);
    }
}

TEST(FrameTest, names_the_limit_that_a_frame_exceeds) {
    const FrameBuffer small = ping(1);
    std::vector<std::byte> bytes(small.frame().begin(), small.frame().end());
    store_le<std::uint32_t>(bytes.data(), 70000);
    const auto header = read_frame_header(bytes, 65536);
    ASSERT_FALSE(header.ok());
    EXPECT_EQ(header.error(), fail(ErrorCode::frame_too_large, "frame_bytes", 65536, 70000));
}

TEST(FrameTest, refuses_a_block_that_reaches_past_the_frame) {
    const FrameBuffer buffer = ping(1);
    std::vector<std::byte> bytes(buffer.frame().begin(), buffer.frame().end());
    store_le<std::uint16_t>(bytes.data() + 8, 8);
    const auto frame = FrameView::over(bytes, kFrameBytesBeforeHello);
    ASSERT_FALSE(frame.ok());
    EXPECT_EQ(frame.error().code, ErrorCode::malformed);
    EXPECT_STREQ(frame.error().what, "block_length");
}

TEST(FrameTest, counts_data_that_follows_elsewhere) {
    FrameBuffer buffer;
    buffer.reserve(64);
    buffer.finish(30, 5, 1000);
    EXPECT_EQ(buffer.frame().size(), 32U);
    EXPECT_EQ(load_le<std::uint32_t>(buffer.frame().data()), 1032U);
}

TEST(FrameTest, template_and_error_numbers_are_the_schemas) {
    using namespace codec::client;
    EXPECT_EQ(codec::client::Append::sbeTemplateId(), static_cast<std::uint16_t>(Template::append));
    EXPECT_EQ(codec::client::Push::sbeTemplateId(), static_cast<std::uint16_t>(Template::push));
    EXPECT_EQ(codec::client::DescribeNodeAnswer::sbeTemplateId(),
              static_cast<std::uint16_t>(Template::describe_node_answer));
    for (std::uint16_t code = 0; code <= kErrorCodeMax; ++code) {
        const auto named = codec::client::ErrorCode::get(code);
        EXPECT_STREQ(codec::client::ErrorCode::c_str(named),
                     to_string(static_cast<kera::ErrorCode>(code)));
    }
}

}  // namespace
}  // namespace kera
