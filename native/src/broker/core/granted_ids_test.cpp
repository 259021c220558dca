// Producer ids over starts, also where the file that knows them is rotten or gone. One thread.
#include "broker/first_reactor/producer_ids.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "base/log.hpp"
#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

constexpr std::int64_t kFarBeyond = std::int64_t{1} << 32;

class GrantedIdsTest : public ::testing::Test {
  protected:
    GrantedIdsTest() : sink_before_(set_log_sink([](LogLevel, std::string_view) {})) {
        connect();
        stream_ = client_->create("clicks");
    }
    ~GrantedIdsTest() override {
        client_.reset();
        set_log_sink(std::move(sink_before_));
    }

    void connect() {
        client_ = std::make_unique<RawClient>(world_, "client", "sim:broker");
        ASSERT_TRUE(client_->ask<HelloAnswer>(Hello{}).ok());
    }
    ProducerId open() { return client_->ask<OpenProducerAnswer>(OpenProducer{})->producer; }
    ErrorCode append(ProducerId producer, Sequence sequence = Sequence(0)) {
        const TestChunk chunk = ChunkFor{.sequence = sequence, .producer = producer}.in(stream_);
        return client_->append({chunk.bytes()}, AckLevel::disk).at(0).code;
    }
    void start_again() {
        client_.reset();
        world_.start();
        connect();
    }

    LogSink sink_before_;
    BrokerWorld world_{BrokerWorld::disk_config()};
    std::unique_ptr<RawClient> client_;
    StreamAnswer stream_;
};

TEST_F(GrantedIdsTest, an_id_that_was_never_handed_out_is_refused) {
    EXPECT_EQ(append(ProducerId(1)), ErrorCode::unknown_producer);
    const ProducerId id = open();
    EXPECT_EQ(append(id), ErrorCode::ok);
    EXPECT_EQ(append(ProducerId(1'000'000)), ErrorCode::unknown_producer);
    const auto again = client_->ask<OpenProducerAnswer>(OpenProducer{ProducerId(1'000'000), {}});
    EXPECT_EQ(again.error().code, ErrorCode::unknown_producer);
    world_.kill();
    start_again();
    EXPECT_EQ(append(id, Sequence(3)), ErrorCode::ok);
    EXPECT_EQ(append(ProducerId(1'000'000)), ErrorCode::unknown_producer);
}

TEST_F(GrantedIdsTest, a_rotten_file_is_set_aside_and_no_id_is_handed_out_twice) {
    const ProducerId id = open();
    EXPECT_EQ(append(id), ErrorCode::ok);
    const ProducerId silent = open();
    world_.kill();
    world_.media().find("producers.kera")->flip_bit(200);
    start_again();
    EXPECT_NE(world_.media().find("producers.kera.set_aside"), nullptr);
    EXPECT_EQ(append(id, Sequence(3)), ErrorCode::ok);
    EXPECT_EQ(append(silent), ErrorCode::ok);
    const ProducerId next = open();
    EXPECT_GT(next, ProducerId(kFarBeyond));
    world_.kill();
    start_again();
    EXPECT_GT(open(), next);
    EXPECT_LT(open(), ProducerId(2 * kFarBeyond));
}

TEST_F(GrantedIdsTest, a_file_that_is_gone_does_not_begin_them_again_where_data_has_higher_ones) {
    const ProducerId id = open();
    EXPECT_EQ(append(id), ErrorCode::ok);
    world_.kill();
    world_.media().remove("producers.kera");
    world_.media().sync_names();
    start_again();
    EXPECT_EQ(append(id, Sequence(3)), ErrorCode::ok);
    EXPECT_GT(open(), ProducerId(kFarBeyond));
}

TEST_F(GrantedIdsTest, without_file_and_producers_they_begin_at_one) {
    world_.kill();
    start_again();
    EXPECT_EQ(open(), ProducerId(1));
}

}  // namespace
}  // namespace kera
