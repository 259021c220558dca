// Producers are known for as long as their expiry says, whatever becomes of the chunks that they
// have sent.
#include "broker/lane/producer_snapshots.hpp"

#include <gtest/gtest.h>

#include "base/log.hpp"
#include "broker/testing/broker_world.hpp"
#include "broker/testing/stream_state.hpp"
#include "vlog/testing/sim_seeds.hpp"
#include "wire/file/producers_file.hpp"

namespace kera {
namespace {

// A producer beside a model of what it may send next.
class ProducerSnapshotsTest : public ::testing::Test {
  protected:
    ProducerSnapshotsTest() : sink_before_(set_log_sink([](LogLevel, std::string_view) {})) {}
    ~ProducerSnapshotsTest() override {
        client_.reset();
        set_log_sink(sink_before_);
    }

    static CoreConfig config() {
        CoreConfig config = BrokerWorld::disk_config();
        config.retention_interval_ms = 10;
        return config;
    }
    BrokerWorld& make(const CoreConfig& config) {
        client_.reset();
        world_ = std::make_unique<BrokerWorld>(config);
        return *world_;
    }
    void open(BrokerWorld& world) {
        client_ = std::make_unique<RawClient>(world, "client", "sim:broker");
        client_->hello();
    }
    void create(std::uint16_t lanes = 1) {
        StreamSettings settings;
        settings.lanes = lanes;
        stream_ = client_->create("clicks", settings);
        producer_ = client_->ask<OpenProducerAnswer>(OpenProducer{})->producer;
    }
    void fence() {
        const auto opened = client_->ask<OpenProducerAnswer>(OpenProducer{producer_, epoch_});
        ASSERT_TRUE(opened.ok());
        epoch_ = opened->epoch;
        next_ = Sequence(0);
    }
    AppendResult send(ProducerEpoch epoch, Sequence sequence) {
        TestChunk::Shape shape;
        shape.stream = stream_.stream;
        shape.streamlet = StreamletId(0);
        shape.producer = producer_;
        shape.epoch = epoch;
        shape.sequence = sequence;
        shape.records = 3;
        const TestChunk chunk(shape);
        return client_->append({chunk.bytes()}, AckLevel::disk).at(0);
    }
    void append() {
        const AppendResult result = send(epoch_, next_);
        ASSERT_EQ(result.code, ErrorCode::ok) << to_string(result.code);
        ASSERT_EQ(result.base_offset, head_);
        next_ = Sequence(next_.value() + 3);
        head_ = head_ + 3;
    }
    void delete_all() {
        ASSERT_TRUE(
            client_->ask<DoneAnswer>(DeleteBefore{stream_.stream, StreamletId(0), head_}).ok());
    }
    void expect_known() {
        if (epoch_ > ProducerEpoch(0)) {
            const auto before = ProducerEpoch(static_cast<std::int16_t>(epoch_.value() - 1));
            EXPECT_EQ(send(before, Sequence(0)).code, ErrorCode::stale_producer_epoch);
        }
        if (next_ > Sequence(0)) {
            const AppendResult again = send(epoch_, Sequence(next_.value() - 3));
            EXPECT_EQ(again.code, ErrorCode::ok);
            EXPECT_TRUE(again.duplicate);
        }
    }

    std::unique_ptr<BrokerWorld> world_;
    std::unique_ptr<RawClient> client_;
    StreamAnswer stream_;
    ProducerId producer_;
    ProducerEpoch epoch_{0};
    Sequence next_{0};
    Offset head_{0};

  private:
    LogSink sink_before_;
};

TEST_F(ProducerSnapshotsTest, a_fenced_epoch_stays_fenced_when_all_chunks_were_deleted) {
    BrokerWorld& world = make(config());
    open(world);
    create();
    append();
    fence();
    append();
    append();
    client_.reset();
    world.crash();
    open(world);
    delete_all();
    world.run_ms(2'000);
    client_.reset();
    world.restart();
    world.run_ms(2'000);
    client_.reset();
    world.restart();
    open(world);
    expect_known();
    append();
}

TEST_F(ProducerSnapshotsTest, a_producer_is_forgotten_when_its_time_is_over) {
    CoreConfig forgetful = config();
    forgetful.producer_expiry_ms = 10'000;
    BrokerWorld& world = make(forgetful);
    open(world);
    create();
    append();
    client_.reset();
    world.crash();
    open(world);
    delete_all();
    world.run_ms(2'000);
    client_.reset();
    world.restart();
    world.run_ms(2'000);
    world.restart();
    world.kill();
    world.net().advance_ns(20 * kNanosPerSecond);
    world.start();
    open(world);
    EXPECT_EQ(send(epoch_, next_).code, ErrorCode::unknown_producer);
}

// A log file keeps the chunks of deleted groups as long as it has others.
TEST_F(ProducerSnapshotsTest, a_deleted_group_that_comes_back_takes_no_producer_back) {
    BrokerWorld& world = make(config());
    open(world);
    create();
    append();
    append();
    append();
    const TestChunk other = ChunkFor{}.in(client_->create("other"));
    ASSERT_EQ(client_->append({other.bytes()}, AckLevel::disk)[0].code, ErrorCode::ok);
    client_.reset();
    world.restart();
    open(world);
    delete_all();
    world.run_ms(2'000);
    client_.reset();
    world.kill();
    ASSERT_EQ(chunks_of(world, stream_.stream), 3U);
    world.start();
    open(world);
    expect_known();
    append();
}

// The snapshot was taken while the chunk was only in memory, and then the power went.
TEST_F(ProducerSnapshotsTest, a_chunk_that_was_lost_is_taken_again_wherever_the_start_goes) {
    BrokerWorld& world = make(config());
    open(world);
    create();
    client_.reset();
    world.kill();
    const std::string path = producers_file_path(stream_.stream, StreamletId(0), LaneId(0));
    const std::int64_t now_ms = world.net().clock().epoch_ms();
    const ProducersFile file{stream_.stream,
                             StreamletId(0),
                             LaneId(0),
                             {{producer_, now_ms, Offset(0), Sequence(0), 3, epoch_}}};
    const auto media = world.media().create(path);
    media->write(0, file.encode());
    media->sync();
    world.media().sync_names();
    world.start();
    open(world);
    for (int i = 0; i < 2; ++i) {
        const TestChunk other = ChunkFor{.records = 3}.in(stream_);
        head_ = client_->append({other.bytes()}, AckLevel::disk).at(0).base_offset;
    }
    ASSERT_GE(head_, Offset(3));
    // Ends in the middle of a group: nothing is deleted, so nothing is stored.
    delete_all();
    world.run_ms(500);
    client_.reset();
    world.crash();
    open(world);
    const AppendResult again = send(epoch_, Sequence(0));
    EXPECT_EQ(again.code, ErrorCode::ok);
    EXPECT_FALSE(again.duplicate);
}

TEST_F(ProducerSnapshotsTest, a_rotten_file_costs_what_is_in_it_and_nothing_else) {
    BrokerWorld& world = make(config());
    open(world);
    create();
    append();
    client_.reset();
    world.crash();
    open(world);
    delete_all();
    world.run_ms(2'000);
    client_.reset();
    world.restart();
    world.run_ms(2'000);
    world.restart();
    world.kill();
    const std::string path = producers_file_path(stream_.stream, StreamletId(0), LaneId(0));
    ASSERT_NE(world.media().find(path), nullptr);
    world.media().find(path)->flip_bit(500);
    world.start();
    open(world);
    EXPECT_EQ(send(epoch_, next_).code, ErrorCode::unknown_producer);
    next_ = Sequence(0);
    append();
}

TEST_F(ProducerSnapshotsTest, groups_stay_while_the_disk_does_not_take_the_file) {
    BrokerWorld& world = make(config());
    open(world);
    create();
    append();
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed, 1'000);
    client_->send_message(DeleteBefore{stream_.stream, StreamletId(0), head_}, 77);
    world.run_ms(500);
    world.disk().fail_next(DiskAction::replace, ErrorCode::disk_failed, 0);
    append();
    client_.reset();
    world.crash();
    open(world);
    expect_known();
    append();
}

TEST_F(ProducerSnapshotsTest, nothing_is_left_of_a_deleted_stream) {
    CoreConfig two = config();
    two.reactor_count = 2;
    for (int turns = 0; turns < 40; turns += 4) {
        BrokerWorld& world = make(two);
        open(world);
        head_ = Offset(0);
        next_ = Sequence(0);
        create(2);
        append();
        delete_all();
        for (int i = 0; i < turns; ++i) {
            world.turn();
        }
        ASSERT_TRUE(client_->ask<DoneAnswer>(DeleteStream{stream_.stream}).ok());
        world.run_ms(100);
        for (const std::string& path : world.media().paths()) {
            EXPECT_FALSE(path.starts_with("streams/")) << path;
        }
        client_.reset();
    }
}

TEST_F(ProducerSnapshotsTest, a_small_arena_has_fewer_producers_beside_it) {
    CoreConfig small = config();
    small.arena_bytes = 8_MiB;
    open(make(small));
    create(2);
    const std::int64_t limit = 2_MiB / ProducerTable::bytes_per_producer_max();
    std::int64_t taken = 0;
    for (std::int64_t at = 0; at < 2 * limit; ++at) {
        const ProducerId id = client_->ask<OpenProducerAnswer>(OpenProducer{})->producer;
        const AppendResult result =
            client_->append({ChunkFor{.producer = id}.in(stream_).bytes()}).at(0);
        if (result.code == ErrorCode::ok) {
            ++taken;
        } else {
            ASSERT_EQ(result.code, ErrorCode::limit_exceeded);
            ASSERT_EQ(result.limit, limit);
        }
    }
    EXPECT_EQ(taken, limit);
}

// Whoever may append can open producers as he likes, and name those of others.
TEST_F(ProducerSnapshotsTest, invented_producers_cost_so_much_and_no_more_and_harm_nobody_known) {
    CoreConfig small = config();
    small.limits.producers_max = 20;
    small.limits.producer_idle_ms_min = 5'000;
    BrokerWorld& world = make(small);
    open(world);
    create(2);
    append();
    const auto invent = [this](std::int64_t id) {
        return client_
            ->append({ChunkFor{.records = 3, .producer = ProducerId(id)}.in(stream_).bytes()})
            .at(0);
    };
    int refused = 0;
    for (std::int64_t id = 100; id < 200; ++id) {
        const AppendResult result = invent(id);
        if (result.code == ErrorCode::ok) {
            head_ = result.base_offset + 3;
            continue;
        }
        EXPECT_EQ(result.code, ErrorCode::limit_exceeded);
        EXPECT_EQ(result.limit, 20);
        ++refused;
    }
    EXPECT_EQ(refused, 100 - 19);
    for (int i = 0; i < 3; ++i) {
        append();
        expect_known();
        world.run_ms(3'000);
    }
    // The idle ones have made room.
    EXPECT_EQ(invent(200).code, ErrorCode::ok);
    head_ = head_ + 3;
    expect_known();
    client_.reset();
    world.crash();
    open(world);
    expect_known();
    append();
}

// Appends, deletions, stops and power cuts in any order: what was acknowledged at `disk` is known.
TEST_F(ProducerSnapshotsTest, SimulationOfDeletionUnderPowerCutsForgetsNoProducer) {
    for (std::uint64_t seed = 1; seed <= sim_seeds() && !HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        Random random(seed);
        CoreConfig many = config();
        many.reactor_count = 1 + static_cast<std::int32_t>(random.below(2));
        many.random_seed = seed;
        BrokerWorld& world = make(many);
        open(world);
        epoch_ = ProducerEpoch(0);
        next_ = Sequence(0);
        head_ = Offset(0);
        create(static_cast<std::uint16_t>(1 + random.below(3)));
        for (int step = 0; step < 12 && !HasFailure(); ++step) {
            switch (random.below(7)) {
                case 0:
                    delete_all();
                    break;
                case 1:
                    fence();
                    append();
                    break;
                case 2:
                    world.run_ms(static_cast<std::int64_t>(random.below(300)));
                    break;
                case 3:
                    client_.reset();
                    world.restart();
                    open(world);
                    expect_known();
                    break;
                case 4:
                    client_.reset();
                    world.crash();
                    open(world);
                    expect_known();
                    break;
                default:
                    append();
            }
        }
        client_.reset();
    }
}

}  // namespace
}  // namespace kera
