// What a start makes of a file of producers with states of chunks that are lost.
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "broker/lane/producer_snapshots.hpp"
#include "broker/testing/broker_world.hpp"
#include "broker/testing/stream_state.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {
namespace {

// A node that is down. Its one streamlet begins at offset 3, and its producer has sent two chunks:
// the first is deleted, the second was only in memory.
class ProducersRecoveryTest : public ::testing::Test {
  protected:
    ProducersRecoveryTest() : sink_before_(set_log_sink([](LogLevel, std::string_view) {})) {
        RawClient client(world_, "client", "sim:broker");
        client.hello();
        stream_ = client.create("clicks");
        producer_ = client.ask<OpenProducerAnswer>(OpenProducer{})->producer;
        EXPECT_EQ(client.append({ChunkFor{}.in(stream_).bytes()}, AckLevel::disk).at(0).code,
                  ErrorCode::ok);
        EXPECT_TRUE(
            client.ask<DoneAnswer>(DeleteBefore{stream_.stream, StreamletId(0), Offset(3)}).ok());
        world_.run_ms(2'000);
        path_ = producers_file_path(stream_.stream, StreamletId(0), LaneId(0));
        const std::int64_t now_ms = world_.net().clock().epoch_ms();
        deleted_ = {producer_, now_ms, Offset(0), Sequence(0), 3, ProducerEpoch(0)};
        lost_ = {producer_, now_ms, Offset(3), Sequence(3), 3, ProducerEpoch(0)};
    }
    ~ProducersRecoveryTest() override { set_log_sink(sink_before_); }

    // REQUIRES: the node is down.
    void put_file(std::vector<ProducerState> states) {
        const ProducersFile file{stream_.stream, StreamletId(0), LaneId(0), std::move(states)};
        const auto media = world_.media().create(path_);
        media->write(0, file.encode());
        media->sync();
        world_.media().sync_names();
    }
    std::vector<ProducerState> states_in_file() {
        const Bytes file = world_.media().find(path_)->bytes();
        return ProducersFile::decode(file, stream_.stream, StreamletId(0), LaneId(0))->producers;
    }
    AppendResult retry(RawClient& client, const ProducerState& state) {
        const ChunkFor chunk{
            .records = state.record_count, .sequence = state.base_sequence, .producer = state.id};
        return client.append({chunk.in(stream_).bytes()}, AckLevel::disk).at(0);
    }

    BrokerWorld world_{BrokerWorld::disk_config()};
    StreamAnswer stream_;
    ProducerId producer_;
    std::string path_;
    ProducerState deleted_;
    ProducerState lost_;

  private:
    LogSink sink_before_;
};

TEST_F(ProducersRecoveryTest, states_of_lost_chunks_are_removed_before_anything_is_appended) {
    world_.kill();
    put_file({deleted_, lost_});
    world_.start();
    EXPECT_EQ(states_in_file(), std::vector<ProducerState>{deleted_});
    world_.kill();
    EXPECT_EQ(states_in_file(), std::vector<ProducerState>{deleted_});
    world_.start();
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_TRUE(retry(client, deleted_).duplicate);
    const AppendResult again = retry(client, lost_);
    EXPECT_EQ(again.code, ErrorCode::ok);
    EXPECT_FALSE(again.duplicate);
}

// Perhaps there is no room for another file.
TEST_F(ProducersRecoveryTest, a_file_that_cannot_be_replaced_goes_whole_and_stays_away) {
    world_.prepare_disks(
        [](SimDisk& disk) { disk.fail_next(DiskAction::replace, ErrorCode::disk_full, 1'000); });
    for (int i = 0; i < 20 && !HasFailure(); ++i) {
        world_.kill();
        put_file({deleted_, lost_});
        world_.start();
        world_.kill();
        EXPECT_EQ(world_.media().find(path_), nullptr);
        put_file({deleted_, lost_});
        world_.start();
    }
    world_.disk().fail_next(DiskAction::replace, ErrorCode::disk_full, 0);
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_TRUE(retry(client, deleted_).duplicate);
}

TEST_F(ProducersRecoveryTest, a_node_that_can_change_nothing_of_the_file_does_not_start) {
    world_.kill();
    put_file({deleted_, lost_});
    world_.prepare_disks([](SimDisk& disk) {
        for (const DiskAction action : {DiskAction::replace, DiskAction::rename}) {
            disk.fail_next(action, ErrorCode::disk_failed, 1'000);
        }
    });
    const Result<void> started = world_.try_start();
    ASSERT_FALSE(started.ok());
    EXPECT_EQ(started.error().code, ErrorCode::disk_failed);
    EXPECT_EQ(states_in_file(), (std::vector<ProducerState>{deleted_, lost_}));
}

// The chunk may have been on disk, and its journal entry rotten.
TEST_F(ProducersRecoveryTest, offsets_of_lost_chunks_stay_taken_when_their_states_are_removed) {
    world_.kill();
    put_file({deleted_, lost_});
    world_.start();
    for (int starts = 0; starts < 2; ++starts) {
        {
            RawClient client(world_, "client", "sim:broker");
            client.hello();
            EXPECT_EQ(head(client, stream_.stream), lost_.end_offset());
        }
        world_.crash();
    }
    RawClient client(world_, "client", "sim:broker");
    client.hello();
    EXPECT_EQ(client.append({ChunkFor{}.in(stream_).bytes()}, AckLevel::disk).at(0).base_offset,
              lost_.end_offset());
}

}  // namespace
}  // namespace kera
