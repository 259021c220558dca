// Old data that has to come back from disk: intact, or as an error that its readers see.
#include "broker/read/segment_loads.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "broker/testing/broker_world.hpp"
#include "vlog/testing/log_chunks.hpp"

namespace kera {
namespace {

// Two streams whose only segments are on disk alone, as after every clean restart.
class SegmentLoadsTest : public ::testing::Test {
  protected:
    SegmentLoadsTest()
        : sink_before_(set_log_sink([this](LogLevel level, std::string_view line) {
              if (level == LogLevel::error) {
                  errors.emplace_back(line);
              }
          })) {
        {
            RawClient writer(world, "writer", "sim:broker");
            writer.hello();
            clicks = writer.create("clicks");
            views = writer.create("views");
            for (const StreamAnswer& stream : {clicks, views}) {
                for (int i = 0; i < 4; ++i) {
                    writer.append({ChunkFor{}.in(stream).bytes()});
                }
            }
        }
        world.restart();
        client = std::make_unique<RawClient>(world, "client", "sim:broker");
        client->hello();
    }
    ~SegmentLoadsTest() override {
        client.reset();
        set_log_sink(sink_before_);
    }

    // Of the stream's first chunk.
    LogChunk place_of(const StreamAnswer& stream) {
        for (const LogChunk& chunk : chunks_in_logs(world.media())) {
            if (chunk.place.stream == stream.stream) {
                return chunk;
            }
        }
        return {};
    }
    // In its first record's value.
    void rot(const StreamAnswer& stream) {
        const LogChunk chunk = place_of(stream);
        world.media()
            .find(chunk.path)
            ->flip_bit(8 * (chunk.at + kChunkHeaderBytes + kRecordHeaderBytes));
    }
    Fetch fetch(const StreamAnswer& stream, Offset offset, std::uint32_t wait_ms = 0) {
        Fetch fetch;
        fetch.wait_ms_max = wait_ms;
        fetch.bytes_max = 1U << 20U;
        fetch.entries.push_back(
            {stream.stream, StreamletId(0), offset, {}, fetch.bytes_max, ReadOrder::offset});
        return fetch;
    }
    FetchedData get(const Fetch& asked) {
        const std::int64_t id = 1'000 + next_++;
        client->send_message(asked, id);
        return FetchedData::of(client->wait_for(id));
    }
    Push next_push() { return Push::decode(client->wait_for(kNoCorrelation).view()).value(); }
    void subscribe(const StreamAnswer& stream, std::int64_t number, Offset offset = Offset(0)) {
        ASSERT_TRUE(
            client
                ->ask<DoneAnswer>(Subscribe{number, stream.stream, StreamletId(0), offset, 1 << 20})
                .ok());
    }

    BrokerWorld world{BrokerWorld::disk_config()};
    std::unique_ptr<RawClient> client;
    StreamAnswer clicks;
    StreamAnswer views;
    std::vector<std::string> errors;

  private:
    LogSink sink_before_;
    std::int64_t next_ = 0;
};

TEST_F(SegmentLoadsTest, reads_back_what_is_only_on_disk) {
    EXPECT_EQ(get(fetch(clicks, Offset(0))).offsets().size(), 4U);
    EXPECT_TRUE(errors.empty());
}

TEST_F(SegmentLoadsTest, a_node_may_stop_while_a_segment_comes_back_for_somebody) {
    for (const Offset offset : {Offset(0), Offset(4)}) {
        client->send_message(Subscribe{1, clicks.stream, StreamletId(0), offset, 1 << 20}, 1);
        EXPECT_TRUE(world.run_until(
            [this] { return world.core().reactor(ReactorId(0)).disk()->in_flight() > 0; }));
        world.restart();
        client = std::make_unique<RawClient>(world, "client", "sim:broker");
        client->hello();
    }
    EXPECT_EQ(get(fetch(clicks, Offset(0))).offsets().size(), 4U);
}

TEST_F(SegmentLoadsTest, a_fetch_of_rot_is_an_error_that_says_where_reading_can_go_on) {
    rot(clicks);
    const FetchedData fetched = get(fetch(clicks, Offset(4)));
    EXPECT_TRUE(fetched.data.empty());
    EXPECT_EQ(fetched.entries[0].code, ErrorCode::corrupt);
    EXPECT_EQ(fetched.entries[0].value, 4);
    EXPECT_EQ(fetched.entries[0].limit, 12);
    EXPECT_EQ(get(fetch(clicks, Offset(12))).entries[0].code, ErrorCode::ok);
}

TEST_F(SegmentLoadsTest, rot_of_one_stream_is_no_others_trouble) {
    rot(clicks);
    Fetch both = fetch(clicks, Offset(0));
    both.entries.push_back(fetch(views, Offset(0)).entries[0]);
    FetchedData fetched = get(both);
    EXPECT_EQ(fetched.entries[0].code, ErrorCode::corrupt);
    while (fetched.entries[1].data_bytes == 0) {
        fetched = get(fetch(views, Offset(0)));
        fetched.entries.insert(fetched.entries.begin(), FetchAnswer::Entry());
    }
    EXPECT_EQ(fetched.offsets().size(), 4U);
}

TEST_F(SegmentLoadsTest, no_length_in_a_rotten_file_is_followed) {
    const LogChunk chunk = place_of(clicks);
    const std::shared_ptr<SimFile> file = world.media().find(chunk.path);
    for (std::uint64_t bit = 8 * chunk.at;
         bit < 8 * (chunk.at + kChunkHeaderBytes + kRecordHeaderBytes); bit += 7) {
        file->flip_bit(bit);
        ASSERT_EQ(get(fetch(clicks, Offset(0))).entries[0].code, ErrorCode::corrupt) << bit;
        ASSERT_FALSE(
            client->ask<ListOffsetsAnswer>(ListOffsets{clicks.stream, StreamletId(0), 1'000}).ok());
        file->flip_bit(bit);
        world.run_ms(LoadFailures::kRetryNsMax / kNanosPerMilli);
    }
}

TEST_F(SegmentLoadsTest, a_subscription_to_rot_ends_with_the_offset_behind_it) {
    rot(clicks);
    subscribe(clicks, 7, Offset(3));
    const Push last = next_push();
    EXPECT_EQ(last.code, ErrorCode::corrupt);
    EXPECT_EQ(last.next_offset, Offset(12));
    subscribe(views, 8);
    EXPECT_EQ(next_push().next_offset, Offset(12));
}

TEST_F(SegmentLoadsTest, a_file_that_is_gone_or_too_short_is_an_error) {
    const LogChunk chunk = place_of(clicks);
    world.media().find(chunk.path)->truncate(chunk.at + 100);
    EXPECT_EQ(get(fetch(clicks, Offset(0), 10'000)).entries[0].code, ErrorCode::corrupt);
    world.media().remove(chunk.path);
    EXPECT_EQ(get(fetch(views, Offset(0), 10'000)).entries[0].code, ErrorCode::disk_failed);
}

TEST_F(SegmentLoadsTest, a_disk_that_works_again_is_read_again) {
    world.disk().fail_next(DiskAction::read, ErrorCode::disk_failed);
    EXPECT_EQ(get(fetch(clicks, Offset(0))).entries[0].code, ErrorCode::disk_failed);
    EXPECT_EQ(get(fetch(clicks, Offset(0))).entries[0].code, ErrorCode::disk_failed);
    world.run_ms(LoadFailures::kRetryNsMin / kNanosPerMilli);
    EXPECT_EQ(get(fetch(clicks, Offset(0))).offsets().size(), 4U);
}

TEST_F(SegmentLoadsTest, readers_that_come_back_at_once_do_not_read_the_disk_each_time) {
    rot(clicks);
    for (int i = 0; i < 200; ++i) {
        ASSERT_EQ(get(fetch(clicks, Offset(0), 10'000)).entries[0].code, ErrorCode::corrupt);
    }
    // So few lines mean so few tries: each failed one is logged.
    EXPECT_LE(errors.size(), 4U);
    ASSERT_FALSE(errors.empty());
    for (const char* part :
         {"segment_not_read", "stream=", "streamlet=0", "lane=0", "group=0", "segment=0",
          "offset=0", "end_offset=12", "path=journal/0/", "BAD_CHECKSUM"}) {
        EXPECT_NE(errors[0].find(part), std::string::npos) << part << " in " << errors[0];
    }
}

TEST_F(SegmentLoadsTest, a_segment_that_keeps_failing_is_tried_at_longer_and_longer_intervals) {
    rot(clicks);
    for (int i = 0; i < 60; ++i) {
        ASSERT_EQ(get(fetch(clicks, Offset(0))).entries[0].code, ErrorCode::corrupt);
        world.run_ms(1'000);
    }
    EXPECT_LE(errors.size(), 15U);
}

TEST_F(SegmentLoadsTest, a_reader_of_old_data_goes_on_while_others_always_have_fresh_data) {
    Fetch both = fetch(clicks, Offset(0));
    both.entries.push_back(fetch(views, Offset(12)).entries[0]);
    bool came = false;
    for (int i = 0; i < 50 && !came; ++i) {
        ASSERT_EQ(client->append({ChunkFor{}.in(views).bytes()})[0].code, ErrorCode::ok);
        const FetchedData fetched = get(both);
        both.entries[1].offset = fetched.entries[1].next_offset;
        came = fetched.entries[0].data_bytes > 0;
    }
    EXPECT_TRUE(came);
}

// A node whose memory is full otherwise can read back one segment at a time.
TEST(SegmentLoadsOfLanesTest, a_fetch_over_several_lanes_needs_room_for_one_segment_only) {
    CoreConfig config = BrokerWorld::disk_config();
    config.loaded_bytes_max = 1;
    BrokerWorld world(config);
    StreamAnswer stream;
    {
        RawClient writer(world, "writer", "sim:broker");
        writer.hello();
        StreamSettings settings;
        settings.lanes = 3;
        stream = writer.create("lanes", settings);
        for (std::int32_t round = 0; round < 3; ++round) {
            for (std::int64_t producer = 1; producer <= 3; ++producer) {
                const TestChunk chunk =
                    ChunkFor{.sequence = Sequence(3 * round), .producer = ProducerId(producer)}.in(
                        stream);
                ASSERT_EQ(writer.append({chunk.bytes()})[0].code, ErrorCode::ok);
            }
        }
    }
    world.restart();
    RawClient client(world, "client", "sim:broker");
    client.hello();
    Fetch fetch;
    fetch.wait_ms_max = 1'000;
    fetch.bytes_max = 1U << 20U;
    fetch.entries.push_back(
        {stream.stream, StreamletId(0), Offset(13), {}, fetch.bytes_max, ReadOrder::offset});
    client.send_message(fetch, 7);
    EXPECT_FALSE(FetchedData::of(client.wait_for(7)).offsets().empty());
}

}  // namespace
}  // namespace kera
