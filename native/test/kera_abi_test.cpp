// The C ABI with a real node, used from C; and its constants compared with the schema's.
#include <gtest/gtest.h>

#include <cerrno>

#include "base/log.hpp"
#include "base/testing/no_more_threads.hpp"
#include "kera/kera.h"
#include "kera_codec_chunk/ChunkHeader.h"
#include "kera_codec_chunk/RecordHeader.h"
#include "whole_node.hpp"
#include "wire/chunk/record.hpp"

// In kera_abi_use.c. Returns null, or what is wrong.
extern "C" const char* kera_abi_use(const char* uri, int32_t io_thread);
extern "C" const char* kera_abi_refuse();

namespace kera {
namespace {

class KeraAbiTest : public testing::TestWithParam<std::tuple<Path, std::int32_t>> {};

INSTANTIATE_TEST_SUITE_P(Paths, KeraAbiTest,
                         testing::Combine(testing::Values(Path::tcp, Path::shm),
                                          testing::Values(0, 1)),
                         [](const auto& one) {
                             return name_of(std::get<0>(one.param)) +
                                    (std::get<1>(one.param) == 0 ? "_driven" : "_threaded");
                         });

TEST_P(KeraAbiTest, does_what_a_program_in_c_needs) {
    const auto [path, io_thread] = GetParam();
    const TempFolder folder;
    CoreConfig config;
    config.arena_bytes = 64_MiB;
    config.touch_ahead = false;
    config.listen = {path == Path::tcp ? "tcp:127.0.0.1:0" : "shm:" + folder.path() + "/node.sock"};
    const std::unique_ptr<Core> core = Core::open(config).value();
    ASSERT_TRUE(core->start().ok());
    const char* const wrong = kera_abi_use(core->endpoints().front().text().c_str(), io_thread);
    EXPECT_EQ(wrong, nullptr) << wrong;
    core->stop();
}

TEST(KeraAbiTest, refuses_what_makes_no_sense) {
    const char* const wrong = kera_abi_refuse();
    EXPECT_EQ(wrong, nullptr) << wrong;
}

TEST(KeraAbiTest, says_when_the_system_gives_no_thread) {
    const NoMoreThreads none;
    kera_client* client = nullptr;
    kera_error error{};
    EXPECT_EQ(kera_client_connect("tcp:127.0.0.1:1", nullptr, 0, &client, &error),
              KERA_LIMIT_EXCEEDED);
    EXPECT_EQ(client, nullptr);
    EXPECT_STREQ(error.what, "thread_errno");
    EXPECT_EQ(error.value, EAGAIN);
}

TEST(KeraAbiTest, makes_no_log_lines_below_the_level_that_was_set) {
    int lines = 0;
    kera_set_log([](void* context, std::int32_t, const char*,
                    std::size_t) { ++*static_cast<int*>(context); },
                 &lines);
    kera_set_log_level(KERA_LOG_ERROR);
    log(LogLevel::warn, "unheard");
    EXPECT_EQ(lines, 0);
    log(LogLevel::error, "heard");
    EXPECT_EQ(lines, 1);
    kera_set_log_level(KERA_LOG_OFF);
    kera_set_log_level(KERA_LOG_OFF + 1);
    kera_set_log_level(-1);
    log(LogLevel::error, "unheard");
    EXPECT_EQ(lines, 1);
    kera_set_log_level(KERA_LOG_INFO);
    kera_set_log(nullptr, nullptr);
}

TEST(KeraAbiTest, has_the_codes_of_the_core) {
    for (std::uint16_t code = 0; code <= kErrorCodeMax; ++code) {
        EXPECT_STREQ(kera_code_name(code), to_string(static_cast<ErrorCode>(code)));
    }
    EXPECT_EQ(KERA_INTERNAL, static_cast<int>(ErrorCode::internal));
    EXPECT_EQ(KERA_BUFFER_EXHAUSTED, static_cast<int>(ErrorCode::buffer_exhausted));
    EXPECT_EQ(KERA_LOG_INFO, static_cast<int>(LogLevel::info));
    EXPECT_EQ(KERA_LOG_OFF, static_cast<int>(LogLevel::off));
    EXPECT_EQ(KERA_ACK_DISK, static_cast<int>(AckLevel::disk));
    EXPECT_EQ(KERA_START_TIME, static_cast<int>(StartAt::Kind::time));
    EXPECT_EQ(KERA_OUT_OF_RANGE_LATEST, static_cast<int>(OutOfRange::latest));
    EXPECT_EQ(KERA_NAME_BYTES_MAX, kStreamNameBytesMax);
    EXPECT_EQ(KERA_TIME_EARLIEST, ListOffsets::kEarliest);
    EXPECT_EQ(KERA_TIME_LATEST, ListOffsets::kLatest);
}

TEST(KeraAbiTest, has_the_layout_of_the_schema) {
    using Chunk = codec::chunk::ChunkHeader;
    using Record = codec::chunk::RecordHeader;
    EXPECT_EQ(KERA_CHUNK_HEADER_BYTES, Chunk::encodedLength());
    EXPECT_EQ(KERA_CHUNK_BASE_OFFSET_AT, Chunk::baseOffsetEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_APPEND_TIME_AT, Chunk::appendTimeMsEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_FORMAT_AT, Chunk::payloadFormatEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_ATTRIBUTES_AT, Chunk::attributesEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_LENGTH_AT, Chunk::chunkLengthEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_RECORD_COUNT_AT, Chunk::recordCountEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_FIRST_TIMESTAMP_AT, Chunk::firstTimestampMsEncodingOffset());
    EXPECT_EQ(KERA_CHUNK_CODEC_MASK, kCodecMask);
    EXPECT_EQ(KERA_CHUNK_TAKES_APPEND_TIME, kTakesAppendTime);
    EXPECT_EQ(KERA_CHUNK_LEADER_FLAGS_AT, Chunk::leaderFlagsEncodingOffset());
    EXPECT_EQ(KERA_RECORD_HEADER_BYTES, kRecordHeaderBytes);
    EXPECT_EQ(0, Record::recordLengthEncodingOffset());
    EXPECT_EQ(KERA_RECORD_ATTRIBUTES_AT, Record::attributesEncodingOffset());
    EXPECT_EQ(KERA_RECORD_KEY_COUNT_AT, Record::keyCountEncodingOffset());
    EXPECT_EQ(KERA_RECORD_HEADER_COUNT_AT, Record::headerCountEncodingOffset());
    EXPECT_EQ(KERA_RECORD_TIMESTAMP_DELTA_AT, Record::timestampDeltaMsEncodingOffset());
    EXPECT_EQ(KERA_RECORD_VALUE_LENGTH_AT, Record::valueLengthEncodingOffset());
    EXPECT_EQ(KERA_RECORD_NULL_VALUE, kNullValue);
    EXPECT_EQ(KERA_KEY_HEADER_BYTES, kKeyHeaderBytes);
    EXPECT_EQ(KERA_FIELD_HEADER_BYTES, kFieldHeaderBytes);
    EXPECT_EQ(KERA_FIELD_NULL_VALUE, kNullFieldValue);
}

}  // namespace
}  // namespace kera
