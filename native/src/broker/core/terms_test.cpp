// Terms: what grows them, what they refuse, and where they ended.
#include <gtest/gtest.h>

#include "base/bytes.hpp"
#include "broker/testing/broker_world.hpp"
#include "wire/file/node_files.hpp"

namespace kera {
namespace {

constexpr std::size_t kTermAt = 4;

class TermsTest : public ::testing::Test {
  protected:
    static CoreConfig two_reactors() {
        CoreConfig config = BrokerWorld::disk_config();
        config.reactor_count = 2;
        return config;
    }

    void SetUp() override {
        connect();
        stream_ = client_->create("clicks");
    }
    void connect() {
        client_.reset();
        client_ = std::make_unique<RawClient>(world_, "client", "sim:broker/1");
        client_->hello();
    }
    // Both ways a node starts again.
    void crash() {
        client_.reset();
        world_.crash();
        connect();
    }
    void restart() {
        client_.reset();
        world_.restart();
        connect();
    }

    Term term() { return client_->ask<StreamAnswer>(DescribeStream{stream_.stream, ""})->term; }
    AppendResult append(std::int32_t term, AckLevel level = AckLevel::disk) {
        TestChunk chunk = ChunkFor{}.in(stream_);
        store_le(chunk.data() + kTermAt, term);
        return client_->append({chunk.bytes()}, level)[0];
    }
    std::int64_t begin_fetch(std::int32_t term, std::uint32_t wait_ms = 0) {
        Fetch fetch;
        fetch.wait_ms_max = wait_ms;
        fetch.bytes_max = 1U << 20U;
        fetch.entries.push_back({stream_.stream,
                                 StreamletId(0),
                                 Offset(0),
                                 {},
                                 1U << 20U,
                                 ReadOrder::offset,
                                 Term(term)});
        client_->send_message(fetch, 5'000);
        return 5'000;
    }
    FetchAnswer::Entry fetch(std::int32_t term) {
        return FetchedData::of(client_->wait_for(begin_fetch(term))).entries.at(0);
    }
    Result<EndOfTermAnswer> end_of(std::int32_t term) {
        return client_->ask<EndOfTermAnswer>(EndOfTerm{stream_.stream, StreamletId(0), Term(term)});
    }
    void expect_end(std::int32_t asked, std::int32_t term, std::int64_t end) {
        const auto answer = end_of(asked);
        ASSERT_TRUE(answer.ok()) << describe(answer.error());
        EXPECT_EQ(answer->term, Term(term));
        EXPECT_EQ(answer->end, Offset(end));
        EXPECT_EQ(answer->now, this->term());
    }

    BrokerWorld world_{two_reactors()};
    std::unique_ptr<RawClient> client_;
    StreamAnswer stream_;
};

TEST_F(TermsTest, an_append_of_another_term_is_refused_naming_both) {
    crash();
    ASSERT_EQ(term(), Term(2));
    for (const std::int32_t wrong : {1, 3, -1, INT32_MAX}) {
        const AppendResult refused = append(wrong);
        EXPECT_EQ(refused.code, ErrorCode::stale_term);
        EXPECT_EQ(refused.limit, 2);
        EXPECT_EQ(refused.value, wrong);
    }
    EXPECT_EQ(append(2).base_offset, Offset(0));
    EXPECT_EQ(append(0).base_offset, Offset(3)) << "a client that states none";
}

TEST_F(TermsTest, a_fetch_and_a_subscription_of_another_term_are_refused_naming_both) {
    ASSERT_EQ(append(1).code, ErrorCode::ok);
    EXPECT_EQ(fetch(1).next_offset, Offset(3));
    EXPECT_EQ(fetch(1).term, Term(1));
    expect_end(0, 1, 3);
    EXPECT_EQ(fetch(0).next_offset, Offset(3));
    for (const std::int32_t wrong : {2, -5}) {
        const FetchAnswer::Entry refused = fetch(wrong);
        EXPECT_EQ(refused.code, ErrorCode::stale_term);
        EXPECT_EQ(refused.limit, 1);
        EXPECT_EQ(refused.value, wrong);
        EXPECT_EQ(refused.data_bytes, 0U);
        const auto subscribed = client_->ask<DoneAnswer>(
            Subscribe{7, stream_.stream, StreamletId(0), Offset(0), 100, Term(wrong)});
        EXPECT_EQ(subscribed.error(), Error(ErrorCode::stale_term, "", 1, wrong));
    }
}

TEST_F(TermsTest, grow_with_each_start_that_may_have_lost_something_and_with_no_other) {
    EXPECT_EQ(term(), Term(1));
    restart();
    EXPECT_EQ(term(), Term(1));
    crash();
    EXPECT_EQ(term(), Term(2));
    crash();
    EXPECT_EQ(term(), Term(3)) << "also where nothing of the stream was stored in between";
    restart();
    EXPECT_EQ(term(), Term(3));
    AlterStream alter;
    alter.stream = stream_.stream;
    alter.retention_ms = 1'000'000;
    ASSERT_TRUE(client_->ask<StreamAnswer>(alter).ok());
    EXPECT_EQ(term(), Term(3));
    restart();
    EXPECT_EQ(term(), Term(3)) << "stored, too";
    crash();
    EXPECT_EQ(term(), Term(4));
    EXPECT_EQ(client_->create("later").term, Term(1));
    crash();
    EXPECT_EQ(term(), Term(5));
    EXPECT_EQ(client_->ask<StreamAnswer>(DescribeStream{kAnyStream, "later"})->term, Term(2));
}

TEST_F(TermsTest, grow_alike_for_streamlets_with_and_without_chunks) {
    AlterStream alter;
    alter.stream = stream_.stream;
    alter.streamlets = 2;
    ASSERT_TRUE(client_->ask<StreamAnswer>(alter).ok());
    for (std::int32_t term = 1; term < 6; ++term) {
        ASSERT_EQ(append(term).code, ErrorCode::ok) << term;
        const auto other =
            client_->ask<EndOfTermAnswer>(EndOfTerm{stream_.stream, StreamletId(1), kAnyTerm});
        EXPECT_EQ(other->now, Term(term));
        crash();
    }
}

TEST_F(TermsTest, what_a_crash_has_taken_lies_behind_the_end_of_its_term) {
    ASSERT_EQ(append(1).code, ErrorCode::ok);
    expect_end(1, 1, 3);
    // Readable at once, and lost.
    world_.disk(ReactorId(0)).fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000);
    world_.disk(ReactorId(1)).fail_next(DiskAction::write, ErrorCode::disk_failed, 1'000);
    ASSERT_EQ(append(1, AckLevel::leader).base_offset, Offset(3));
    ASSERT_EQ(fetch(1).readable_head, Offset(6));
    crash();
    expect_end(1, 1, 3);
    ASSERT_EQ(append(2).base_offset, Offset(3));
    expect_end(1, 1, 3);
    expect_end(2, 2, 6);
    for (const bool clean : {true, false}) {
        clean ? restart() : crash();
        expect_end(1, 1, 3);
        expect_end(2, 2, 6);
    }
    EXPECT_EQ(term(), Term(3));
    expect_end(3, 3, 6);
}

TEST_F(TermsTest, the_end_of_a_term_that_is_not_there_yet_is_refused) {
    for (const std::int32_t wrong : {2, -1}) {
        EXPECT_EQ(end_of(wrong).error(), Error(ErrorCode::stale_term, "", 1, wrong));
    }
    const auto beyond =
        client_->ask<EndOfTermAnswer>(EndOfTerm{stream_.stream, StreamletId(9), Term(1)});
    EXPECT_EQ(beyond.error().code, ErrorCode::invalid_argument);
    const auto unknown =
        client_->ask<EndOfTermAnswer>(EndOfTerm{StreamId(99), StreamletId(0), Term(1)});
    EXPECT_EQ(unknown.error().code, ErrorCode::unknown_stream);
}

TEST_F(TermsTest, a_run_file_that_cannot_be_read_stands_for_more_restarts_than_there_were) {
    ASSERT_EQ(append(1).code, ErrorCode::ok);
    client_.reset();
    world_.kill();
    world_.net().advance_ns(100 * 60 * kNanosPerSecond);
    const std::shared_ptr<SimFile> file = world_.media().find("run.kera");
    ASSERT_NE(file, nullptr);
    const RunFile before = RunFile::decode(file->bytes()).value();
    EXPECT_FALSE(before.clean);
    file->flip_bit(200);
    world_.start();
    connect();
    EXPECT_GT(term(), Term(2));
    EXPECT_EQ(append(term().value()).code, ErrorCode::ok);
}

}  // namespace
}  // namespace kera
