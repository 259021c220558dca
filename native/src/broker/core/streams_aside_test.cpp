// What becomes of streams that cannot be put together again, and of all others meanwhile.
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <string>

#include "base/log.hpp"
#include "broker/control/control_client.hpp"
#include "broker/testing/broker_world.hpp"
#include "broker/testing/stream_state.hpp"
#include "vlog/files/node_file_path.hpp"
#include "wire/file/node_files.hpp"
#include "wire/message/control_messages.hpp"

namespace kera {
namespace {

class SetAsideTest : public testing::Test {
  protected:
    SetAsideTest()
        : sink_(set_log_sink(
              [this](LogLevel, std::string_view line) { lines_.emplace_back(line); })) {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        for (const std::string name : {"lost", "kept"}) {
            streams_[name] = client.create(name);
            const TestChunk chunk = ChunkFor{.producer = ProducerId(4)}.in(streams_[name]);
            EXPECT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        }
    }
    ~SetAsideTest() override { set_log_sink(std::move(sink_)); }

    bool logged(std::string_view what) const {
        return std::ranges::any_of(lines_, [what](const std::string& line) {
            return line.find(what) != std::string::npos;
        });
    }
    StreamId lost() { return streams_["lost"].stream; }

    // One more chunk, after a restart.
    void restart_and_append() {
        world_.restart();
        world_.run_ms(100);
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        const TestChunk chunk = ChunkFor{.producer = ProducerId(5)}.in(streams_["lost"]);
        EXPECT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    }
    void expect_told(RawClient& client, bool by_name) {
        const Error told{ErrorCode::corrupt, "", 0, lost().value()};
        EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{lost(), ""}).error(), told);
        EXPECT_EQ(client.ask<ListOffsetsAnswer>(ListOffsets{lost(), StreamletId(0)}).error(), told);
        EXPECT_EQ(client.ask<DoneAnswer>(DeleteBefore{lost(), StreamletId(0), Offset(1)}).error(),
                  told);
        AlterStream alter;
        alter.stream = lost();
        EXPECT_EQ(client.ask<StreamAnswer>(alter).error(), told);
        CreateStream same_id;
        same_id.stream = lost();
        same_id.name = "another";
        EXPECT_EQ(client.ask<StreamAnswer>(same_id).error(), told);
        const TestChunk chunk = ChunkFor{}.in(streams_["lost"]);
        EXPECT_EQ(client.append({chunk.bytes()})[0].code, ErrorCode::corrupt);
        if (by_name) {
            EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{kAnyStream, "lost"}).error(), told);
            CreateStream same_name;
            same_name.name = "lost";
            EXPECT_EQ(client.ask<StreamAnswer>(same_name).error(), told);
            EXPECT_EQ(client.ask<StreamListAnswer>(ListStreams{})->streams.size(), 2U);
        }
    }
    void expect_others_served(RawClient& client) {
        EXPECT_EQ(head(client, streams_["kept"].stream), Offset(3));
        const TestChunk chunk =
            ChunkFor{.sequence = Sequence(3), .producer = ProducerId(4)}.in(streams_["kept"]);
        EXPECT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].base_offset, Offset(3));
    }
    std::int64_t counted() {
        std::int64_t value = -1;
        world_.core().counters().for_each([&value](const CounterReading& reading) {
            value = reading.label == "kera.streams.set_aside" ? reading.value : value;
        });
        return value;
    }
    // Everything that was left of it can go, and its name be used again.
    void expect_deletable(RawClient& client) {
        world_.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed);
        EXPECT_EQ(client.ask<DoneAnswer>(DeleteStream{lost()}).error().code,
                  ErrorCode::disk_failed);
        EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{lost(), ""}).error().code,
                  ErrorCode::corrupt);
        ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{lost()}).ok());
        EXPECT_EQ(counted(), 0);
        const std::string id = std::to_string(lost().value());
        for (const std::string& path : world_.media().paths()) {
            EXPECT_FALSE(path.starts_with("streams/" + id + "/")) << path;
            EXPECT_FALSE(path.starts_with("catalog/" + id + ".") && !path.ends_with(".deleted"))
                << path;
        }
        EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{lost(), ""}).error().code,
                  ErrorCode::unknown_stream);
        const StreamAnswer again = client.create("lost");
        EXPECT_GT(again.stream, streams_["kept"].stream);
    }

    std::vector<std::string> lines_;
    LogSink sink_;
    BrokerWorld world_{BrokerWorld::disk_config()};
    std::map<std::string, StreamAnswer> streams_;
};

TEST_F(SetAsideTest, a_stream_whose_folder_is_gone_is_found_again) {
    world_.kill();
    world_.media().remove_tree(stream_folder(lost()));
    world_.start();
    EXPECT_FALSE(logged("stream_set_aside"));
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head(client, lost()), Offset(3));
    expect_others_served(client);
}

TEST_F(SetAsideTest, a_stream_without_any_settings_keeps_its_data_until_it_is_deleted) {
    world_.kill();
    world_.media().remove_tree(stream_folder(lost()));
    world_.media().find(catalog_path(lost(), kCopyEnding))->flip_bit(200);
    for (int starts = 0; starts < 2; ++starts) {
        world_.start();
        EXPECT_TRUE(logged("stream_set_aside"));
        EXPECT_EQ(counted(), 1);
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        expect_told(client, false);
        EXPECT_EQ(chunks_of(world_, lost()), 1U);
        if (starts == 1) {
            expect_others_served(client);
            expect_deletable(client);
        } else {
            lines_.clear();
        }
        world_.kill();
    }
    // What is deleted does not come back as something that lost its settings.
    world_.start();
    EXPECT_EQ(counted(), 0);
}

TEST_F(SetAsideTest, the_id_of_a_deleted_stream_is_not_given_again_while_its_chunks_are_there) {
    {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{lost()}).ok());
    }
    CreateStream again;
    again.stream = lost();
    again.name = "again";
    world_.restart();
    ASSERT_GT(chunks_of(world_, lost()), 0U);
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    const Error refused = client.ask<StreamAnswer>(again).error();
    EXPECT_EQ(refused.code, ErrorCode::stream_exists);
    EXPECT_EQ(refused.value, lost().value());
    EXPECT_GT(client.create("fresh").stream, streams_["kept"].stream);
}

TEST_F(SetAsideTest, the_control_plane_says_what_the_stream_was_called) {
    restart_and_append();
    world_.kill();
    world_.media().remove(stream_file_path(lost()));
    world_.media().remove(catalog_path(lost(), kCopyEnding));
    world_.start();
    ControlClient control(world_.core().control(), world_.net().clock(), [](const FrameView&) {});
    OpenStream open;
    open.stream = lost();
    open.name = "lost";
    FrameBuffer buffer;
    ASSERT_TRUE(open.encode(buffer, control.next_correlation_id()).ok());
    const auto opened = control.call(buffer.frame(), world_.net().now_ns() + kNanosPerSecond,
                                     [this] { world_.turn(); });
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(ErrorAnswer::decode(opened->frame())->code, ErrorCode::corrupt);
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    expect_told(client, true);
}

TEST_F(SetAsideTest, a_missing_or_rotten_settings_file_costs_nothing) {
    restart_and_append();
    for (const bool rotten : {false, true}) {
        for (const std::string& path :
             {stream_file_path(lost()), catalog_path(lost(), kCopyEnding)}) {
            SCOPED_TRACE(path);
            world_.kill();
            if (rotten) {
                world_.media().find(path)->flip_bit(200);
            } else {
                world_.media().remove(path);
            }
            world_.start();
            RawClient client(world_, "client", "sim:broker");
            client.hello();
            EXPECT_EQ(head(client, lost()), Offset(6));
            EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{kAnyStream, "lost"})->stream, lost());
        }
    }
    EXPECT_FALSE(logged("stream_set_aside"));
}

TEST_F(SetAsideTest, segments_of_lanes_beyond_the_settings_are_found_again) {
    StreamAnswer wide;
    {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        StreamSettings settings;
        settings.lanes = 4;
        wide = client.create("wide", settings);
        for (std::int64_t producer = 10; producer < 30; ++producer) {
            const TestChunk chunk = ChunkFor{.producer = ProducerId(producer)}.in(wide);
            ASSERT_EQ(client.append({chunk.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
        }
    }
    world_.restart();
    world_.kill();
    for (const std::string& path :
         {stream_file_path(wide.stream), catalog_path(wide.stream, kCopyEnding)}) {
        StreamFile file = StreamFile::decode(world_.media().find(path)->bytes()).value();
        file.settings.lanes = 1;
        const std::shared_ptr<SimFile> narrow = world_.media().create(path);
        narrow->write(0, file.encode().value());
        narrow->sync();
    }
    world_.media().sync_names();
    world_.start();
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head(client, wide.stream), Offset(60));
    EXPECT_EQ(client.ask<StreamAnswer>(DescribeStream{wide.stream, ""})->settings.lanes, 4);
    expect_others_served(client);
}

TEST_F(SetAsideTest, a_stream_that_does_not_fit_its_settings_is_set_aside_and_found_when_it_does) {
    world_.restart();
    world_.kill();
    const std::string own = stream_file_path(lost());
    const Bytes now = world_.media().find(own)->bytes();
    const std::vector<std::byte> good(now.begin(), now.end());
    StreamFile file = StreamFile::decode(good).value();
    file.settings.retention_ms = -7;
    const auto put = [this, &own](Bytes content) {
        world_.media().create(own)->write(0, content);
        world_.media().find(own)->sync();
        world_.media().sync_names();
    };
    put(file.encode().value());
    world_.start();
    {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        expect_told(client, true);
        expect_others_served(client);
    }
    world_.kill();
    put(good);
    world_.start();
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head(client, lost()), Offset(3));
    EXPECT_EQ(counted(), 0);
}

TEST_F(SetAsideTest, a_number_of_streamlets_that_no_stream_has_sets_only_that_stream_aside) {
    world_.restart();
    for (const std::int32_t streamlets : {0, -1, std::numeric_limits<std::int32_t>::max()}) {
        world_.kill();
        for (const std::string& path :
             {stream_file_path(lost()), catalog_path(lost(), kCopyEnding)}) {
            const std::shared_ptr<SimFile> file = world_.media().find(path);
            StreamFile settings = StreamFile::decode(file->bytes()).value();
            settings.settings.streamlets = streamlets;
            file->write(0, settings.encode().value());
            file->sync();
        }
        world_.start();
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        expect_told(client, false);
        EXPECT_EQ(head(client, streams_["kept"].stream), Offset(3));
    }
}

TEST_F(SetAsideTest, the_largest_number_as_a_folders_name_leaves_ids_for_streams_to_come) {
    world_.kill();
    for (const std::int64_t id :
         {std::numeric_limits<std::int64_t>::max() - 1, std::numeric_limits<std::int64_t>::max()}) {
        const std::shared_ptr<SimFile> file = world_.media().create(stream_file_path(StreamId(id)));
        file->write(0, std::vector<std::byte>(10));
        file->sync();
    }
    world_.media().sync_names();
    world_.start();
    EXPECT_EQ(counted(), 2);
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    const StreamAnswer first = client.create("first");
    const StreamAnswer second = client.create("second");
    EXPECT_GT(first.stream, streams_["kept"].stream);
    EXPECT_GT(second.stream, first.stream);
}

TEST_F(SetAsideTest, its_files_are_kept_until_its_settings_are_back) {
    restart_and_append();
    world_.kill();
    std::vector<std::vector<std::byte>> settings;
    const std::vector<std::string> paths{stream_file_path(lost()),
                                         catalog_path(lost(), kCopyEnding)};
    for (const std::string& path : paths) {
        const Bytes bytes = world_.media().find(path)->bytes();
        settings.emplace_back(bytes.begin(), bytes.end());
        world_.media().remove(path);
    }
    world_.start();
    {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        ASSERT_TRUE(client.ask<DoneAnswer>(DeleteStream{streams_["kept"].stream}).ok());
    }
    world_.run_ms(1'000);
    EXPECT_EQ(chunks_of(world_, lost()), 2U);
    world_.kill();
    for (std::size_t at = 0; at < paths.size(); ++at) {
        const std::shared_ptr<SimFile> file = world_.media().create(paths[at]);
        file->write(0, settings[at]);
        file->sync();
    }
    world_.media().sync_names();
    world_.start();
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(head(client, lost()), Offset(6));
    EXPECT_FALSE(logged("recovered_with_holes"));
}

}  // namespace
}  // namespace kera
