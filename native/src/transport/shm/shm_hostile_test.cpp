// What a client can do to a node through the memory that they share: break its own connection, and
// nothing else. Each lie gets its own error.
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <vector>

#include "transport/shm/testing/shm_node_fixture.hpp"

namespace kera {
namespace {

class ShmHostileTest : public ShmNodeFixture {
  protected:
    void SetUp() override {
        open({});
        good_ = raw_client();
        good_endpoint_ = endpoint_;
    }

    // The bad client is gone with this error; the good one still gets through; nothing was
    // delivered.
    void expect_only_bad_ended(ErrorCode code, const char* what) {
        ASSERT_TRUE(poll_until([&] { return !recorder_.violations.empty(); })) << what;
        ASSERT_EQ(recorder_.violations.size(), 1U);
        EXPECT_EQ(recorder_.violations[0].code, code) << describe(recorder_.violations[0]);
        EXPECT_STREQ(recorder_.violations[0].what, what);
        bad_->die();
        ASSERT_TRUE(poll_until([&] { return ended(bad_endpoint_); }));
        EXPECT_EQ(why(bad_endpoint_).code, code);
        EXPECT_TRUE(recorder_.received.empty());
        const ByteVector frame = make_frame(64, 7);
        good_->put(RawShmClient::message(64), {}, frame);
        ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 1; }));
        EXPECT_EQ(recorder_.received[0].frame, frame);
        EXPECT_FALSE(ended(good_endpoint_));
        recorder_.received.clear();
        recorder_.violations.clear();
    }

    void fresh_bad() {
        bad_ = raw_client();
        bad_endpoint_ = endpoint_;
    }

    std::unique_ptr<RawShmClient> good_;
    std::unique_ptr<RawShmClient> bad_;
    EndpointId good_endpoint_;
    EndpointId bad_endpoint_;
};

TEST_F(ShmHostileTest, a_tail_that_was_never_possible) {
    for (const std::uint64_t tail : {std::uint64_t{64 * 1024 + 8}, ~std::uint64_t{7},
                                     std::uint64_t{1} << 63, std::uint64_t{12}}) {
        fresh_bad();
        bad_->control().tail.store(tail);
        expect_only_bad_ended(ErrorCode::malformed, "ring_tail");
    }
}

TEST_F(ShmHostileTest, a_tail_that_goes_back) {
    fresh_bad();
    bad_->put(RawShmClient::message(64), {}, make_frame(64, 1));
    ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 1; }));
    recorder_.received.clear();
    bad_->control().tail.store(8);
    expect_only_bad_ended(ErrorCode::malformed, "ring_tail");
}

TEST_F(ShmHostileTest, record_headers_that_lie) {
    struct Case {
        void (*lie)(ShmRecordHeader&);
        ErrorCode code;
        const char* what;
    };
    const std::vector<Case> cases = {
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind{0}; }, ErrorCode::malformed,
         "record_kind"},
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind{77}; }, ErrorCode::malformed,
         "record_kind"},
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind::skip; }, ErrorCode::malformed,
         "skip_bytes"},
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind::middle; }, ErrorCode::malformed,
         "record_kind_out_of_order"},
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind::end; }, ErrorCode::malformed,
         "record_kind_out_of_order"},
        {[](ShmRecordHeader& h) { h.record_bytes = 0; }, ErrorCode::malformed, "record_bytes"},
        {[](ShmRecordHeader& h) { h.record_bytes = 0xFFFFFFF8; }, ErrorCode::malformed,
         "record_bytes"},
        {[](ShmRecordHeader& h) { h.record_bytes += 4; }, ErrorCode::malformed, "record_bytes"},
        {[](ShmRecordHeader& h) { h.inline_bytes = 0xFFFFFFFF; }, ErrorCode::malformed,
         "record_bytes"},
        {[](ShmRecordHeader& h) { h.inline_bytes += 8; }, ErrorCode::malformed, "record_bytes"},
        {[](ShmRecordHeader& h) { h.reference_count = 0xFFFF; }, ErrorCode::malformed,
         "record_references"},
        {[](ShmRecordHeader& h) { h.reference_count = 1; }, ErrorCode::malformed, "record_bytes"},
        {[](ShmRecordHeader& h) { h.frame_bytes = 0; }, ErrorCode::malformed, "frame_bytes"},
        {[](ShmRecordHeader& h) { h.frame_bytes = 60; }, ErrorCode::malformed,
         "frame_bytes_unaligned"},
        {[](ShmRecordHeader& h) { h.frame_bytes += 8; }, ErrorCode::malformed,
         "record_frame_bytes"},
        {[](ShmRecordHeader& h) { h.frame_bytes = 0xFFFFFFF8; }, ErrorCode::frame_too_large,
         "frame_bytes"},
        {[](ShmRecordHeader& h) { h.kind = ShmRecordKind::begin; }, ErrorCode::malformed,
         "part_bytes"},
    };
    for (const Case& one : cases) {
        fresh_bad();
        ShmRecordHeader header = RawShmClient::message(64);
        one.lie(header);
        bad_->put(header, {}, make_frame(64, 1), false);
        bad_->control().tail.store(88);
        expect_only_bad_ended(one.code, one.what);
    }
}

TEST_F(ShmHostileTest, a_frame_that_says_another_length_than_its_record) {
    fresh_bad();
    bad_->put(RawShmClient::message(64), {}, make_frame(72, 1));
    expect_only_bad_ended(ErrorCode::malformed, "frame_bytes");
}

TEST_F(ShmHostileTest, a_record_cut_by_the_tail) {
    fresh_bad();
    bad_->put(RawShmClient::message(64), {}, make_frame(64, 1), false);
    bad_->control().tail.store(16);
    expect_only_bad_ended(ErrorCode::malformed, "record_header_bytes");
}

TEST_F(ShmHostileTest, references_to_memory_that_is_not_theirs) {
    struct Case {
        ShmReference reference;
        const char* what;
    };
    for (const Case& one :
         {Case{{1, 64, 0}, "reference_region"}, Case{{0xFFFFFFFF, 64, 0}, "reference_region"},
          Case{{0, 64, 64 * 1024 - 56}, "reference_offset"},
          Case{{0, 64, ~std::uint64_t{7}}, "reference_offset"},
          Case{{0, 64, 1ULL << 63}, "reference_offset"}, Case{{0, 64, 4}, "reference_offset"},
          Case{{0, 64 * 1024 + 8, 0}, "reference_offset"}}) {
        fresh_bad();
        ByteVector head = make_frame(24, 1);
        store_le(head.data(), 24 + one.reference.bytes);
        const std::array references{one.reference};
        bad_->put(RawShmClient::message(24, references), references, head);
        expect_only_bad_ended(ErrorCode::malformed, one.what);
    }
    fresh_bad();
    ByteVector head = make_frame(24, 1);
    const std::array nothing{ShmReference{0, 0, 0}};
    bad_->put(RawShmClient::message(24, nothing), nothing, head);
    expect_only_bad_ended(ErrorCode::malformed, "reference_bytes");
    fresh_bad();
    const std::array odd{ShmReference{0, 12, 0}, ShmReference{0, 12, 64}};
    store_le(head.data(), 48U);
    bad_->put(RawShmClient::message(24, odd), odd, head);
    expect_only_bad_ended(ErrorCode::malformed, "reference_bytes");
    EXPECT_EQ(node_->buffers().outstanding_bytes(), 0U) << "a refused message keeps no buffer";
}

TEST_F(ShmHostileTest, parts_that_do_not_make_a_frame) {
    fresh_bad();
    const ByteVector frame = make_frame(128, 1);
    ShmRecordHeader begin = RawShmClient::message(64);
    begin.kind = ShmRecordKind::begin;
    begin.frame_bytes = 128;
    bad_->put(begin, {}, std::span(frame).first(64));
    bad_->put(RawShmClient::message(64), {}, make_frame(64, 2));
    expect_only_bad_ended(ErrorCode::malformed, "record_kind_out_of_order");

    for (const std::uint32_t part : {72U, 56U}) {
        fresh_bad();
        bad_->put(begin, {}, std::span(frame).first(64));
        ShmRecordHeader end = RawShmClient::message(part);
        end.kind = ShmRecordKind::end;
        bad_->put(end, {}, ByteVector(part));
        expect_only_bad_ended(ErrorCode::malformed, "part_bytes");
    }

    fresh_bad();
    ByteVector liar = frame;
    store_le(liar.data(), 4096U);
    bad_->put(begin, {}, std::span(liar).first(64));
    ShmRecordHeader end = RawShmClient::message(64);
    end.kind = ShmRecordKind::end;
    bad_->put(end, {}, std::span(liar).subspan(64));
    expect_only_bad_ended(ErrorCode::malformed, "frame_bytes");
}

TEST_F(ShmHostileTest, more_references_in_flight_than_there_are_tickets) {
    fresh_bad();
    std::vector<Inbound> held;
    recorder_.respond = [&](EndpointId, Inbound&& message) { held.push_back(std::move(message)); };
    const std::array references{ShmReference{0, 8, 0}};
    ByteVector head = make_frame(24, 1);
    store_le(head.data(), 32U);
    for (std::uint32_t count = 0; count < kShmLeasesMax; count += 64) {
        for (int each = 0; each < 64; ++each) {
            if (bad_->tail_position() + 64 > 60 * 1024) {
                bad_->wrap();
            }
            bad_->put(RawShmClient::message(24, references), references, head);
        }
        ASSERT_TRUE(poll_until([&] { return held.size() == count + 64; }));
    }
    bad_->put(RawShmClient::message(24, references), references, head);
    ASSERT_TRUE(poll_until([&] { return !recorder_.violations.empty(); }));
    EXPECT_EQ(recorder_.violations[0],
              fail(ErrorCode::limit_exceeded, "references_in_flight", 1024, 1025));
    held.clear();
}

TEST_F(ShmHostileTest, releases_of_what_was_never_lent) {
    fresh_bad();
    bad_->control().release_tail.store(1);
    expect_only_bad_ended(ErrorCode::malformed, "release_tail");
    fresh_bad();
    bad_->control().release_tail.store(~std::uint64_t{0});
    expect_only_bad_ended(ErrorCode::malformed, "release_tail");
}

TEST_F(ShmHostileTest, a_head_beyond_what_was_sent) {
    for (const std::uint64_t head : {std::uint64_t{1} << 40, ~std::uint64_t{7}, std::uint64_t{4}}) {
        fresh_bad();
        bad_->control().head.store(head);
        const ByteVector frame = make_frame(12 * 1024, 1);
        SendOutcome outcome = SendOutcome::sent;
        for (int count = 0; count < 100 && outcome == SendOutcome::sent; ++count) {
            outcome = node_->send(bad_endpoint_, frame, {}, kNoToken);
        }
        EXPECT_EQ(outcome, SendOutcome::gone);
        ASSERT_TRUE(poll_until([&] { return ended(bad_endpoint_); }));
        EXPECT_EQ(why(bad_endpoint_).code, ErrorCode::malformed);
        EXPECT_STREQ(why(bad_endpoint_).what, "ring_head");
        EXPECT_FALSE(ended(good_endpoint_));
    }
}

TEST_F(ShmHostileTest, a_head_that_lies_while_a_long_message_is_on_its_way) {
    fresh_bad();
    const ByteVector frame = make_frame(200 * 1024, 1);
    bad_->control().head.store(std::uint64_t{1} << 40);
    const SendOutcome outcome = send_frame(*node_, bad_endpoint_, frame, 64, 7);
    ASSERT_TRUE(poll_until([&] { return ended(bad_endpoint_); }));
    EXPECT_STREQ(why(bad_endpoint_).what, "ring_head");
    // Whoever hears `gone` takes the memory back at once, and must not hear of it again.
    EXPECT_EQ(recorder_.released[7], outcome == SendOutcome::sent ? 1 : 0);
    EXPECT_FALSE(ended(good_endpoint_));
}

TEST_F(ShmHostileTest, a_claim_that_is_never_published_is_never_seen) {
    fresh_bad();
    bad_->put(RawShmClient::message(64), {}, make_frame(64, 1));
    bad_->put(RawShmClient::message(64), {}, make_frame(64, 2), false);
    bad_->die();
    ASSERT_TRUE(poll_until([&] { return ended(bad_endpoint_); }));
    ASSERT_EQ(recorder_.received.size(), 1U);
    EXPECT_EQ(seed_of(recorder_.received[0].frame), 1U);
    EXPECT_EQ(why(bad_endpoint_), fail(ErrorCode::disconnected, "peer closed"));
}

TEST_F(ShmHostileTest, scribbling_after_publishing_reaches_only_what_is_called_unstable) {
    fresh_bad();
    std::vector<Inbound> held;
    recorder_.respond = [&](EndpointId, Inbound&& message) { held.push_back(std::move(message)); };
    const std::array references{ShmReference{0, 512, 1024}};
    ByteVector head = make_frame(32, 1);
    store_le(head.data(), 544U);
    bad_->put(RawShmClient::message(32, references), references, head);
    ASSERT_TRUE(poll_until([&] { return held.size() == 1; }));
    ASSERT_TRUE(held[0].unstable());
    ASSERT_EQ(held[0].fragments().size(), 2U);
    for (std::size_t at = 0; at < 4096; ++at) {
        bad_->ring()[at] = std::byte{0xFF};
    }
    bad_->send_memory()[1024] = std::byte{0xAA};
    const Fragment first = held[0].fragments()[0];
    EXPECT_TRUE(std::equal(first.begin(), first.end(), head.begin()));
    EXPECT_EQ(held[0].fragments()[1][0], std::byte{0xAA});
    held.clear();
    EXPECT_EQ(bad_->node_control().release_tail.load(), 1U);
}

TEST_F(ShmHostileTest, cannot_write_the_nodes_memory_nor_resize_its_own) {
    bad_ = std::make_unique<RawShmClient>(path());
    ASSERT_TRUE(bad_->send_hello());
    poll_often();
    std::array<std::byte, kShmWelcomeBytes> bytes;
    const ShmDatagram datagram = bad_->receive(bytes);
    ASSERT_EQ(datagram.descriptors.size(), 2U);
    const int nodes = datagram.descriptors[0].get();
    const int own = datagram.descriptors[1].get();
    EXPECT_EQ(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, nodes, 0), MAP_FAILED);
    EXPECT_EQ(::pwrite(nodes, "x", 1, 0), -1);
    EXPECT_EQ(::ftruncate(nodes, 0), -1);
    EXPECT_EQ(::ftruncate(own, 0), -1);
    EXPECT_EQ(::ftruncate(own, 1 << 30), -1);
}

TEST_F(ShmHostileTest, a_flood_on_the_socket_is_read_away) {
    fresh_bad();
    for (int count = 0; count < 100'000; ++count) {
        wake_shm(bad_->socket());
    }
    const ByteVector frame = make_frame(64, 7);
    good_->put(RawShmClient::message(64), {}, frame);
    bad_->put(RawShmClient::message(64), {}, frame);
    ASSERT_TRUE(poll_until([&] { return recorder_.received.size() == 2; }));
    poll_often();
    EXPECT_TRUE(node_->prepare_park());
    EXPECT_FALSE(ended(bad_endpoint_));
}

}  // namespace
}  // namespace kera
