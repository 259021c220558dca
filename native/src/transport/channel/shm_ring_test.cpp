// Sender and receiver together, over memory as two processes would share it; what lies in it is
// tested in shm_hostile_test.cpp.
#include <gtest/gtest.h>

#include <deque>
#include <vector>

#include "base/random.hpp"
#include "transport/channel/ring_receiver.hpp"
#include "transport/channel/ring_sender.hpp"
#include "transport/channel/shared_memory.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {
namespace {

class ShmRingTest : public testing::Test {
  protected:
    static constexpr std::uint32_t kRingBytes = 16 * 1024;

    bool put(const ByteVector& bytes, std::span<const ShmReference> references = {}) {
        ShmRecordHeader header;
        header.kind = ShmRecordKind::message;
        header.reference_count = static_cast<std::uint16_t>(references.size());
        header.inline_bytes = static_cast<std::uint32_t>(bytes.size());
        header.record_bytes =
            static_cast<std::uint32_t>(RingSender::record_bytes(references.size(), bytes.size()));
        if (!sender_.has_room(header.record_bytes).value()) {
            return false;
        }
        const IoSpan piece{bytes.data(), header.inline_bytes};
        sender_.put(header, references, {&piece, 1});
        return true;
    }

    ByteVector take() {
        EXPECT_TRUE(receiver_.next(record_).value());
        ByteVector bytes(record_.inline_bytes, record_.inline_bytes + record_.header.inline_bytes);
        receiver_.consume(record_);
        return bytes;
    }

    SharedMemory one_ =
        SharedMemory::create(ShmLayout{kRingBytes, 0}.memory_bytes(), ShmWriter::creator).value();
    SharedMemory other_ =
        SharedMemory::create(ShmLayout{kRingBytes, 0}.memory_bytes(), ShmWriter::creator).value();
    RingSender sender_{one_.base(), other_.base(), kRingBytes};
    RingReceiver receiver_{other_.base(), one_.base(), kRingBytes};
    ShmRecord record_;
};

TEST_F(ShmRingTest, carries_records_of_every_size_round_and_round) {
    Random random(9);
    std::deque<ByteVector> under_way;
    std::size_t carried = 0;
    while (carried < 20'000) {
        const auto bytes = static_cast<std::uint32_t>(
            24 + random.below(random.chance(0.2) ? sender_.record_bytes_max() - 48 : 200));
        ByteVector record = make_frame(bytes, static_cast<std::uint32_t>(carried));
        if (random.chance(0.6) && put(record)) {
            under_way.push_back(std::move(record));
        } else if (!under_way.empty()) {
            ASSERT_EQ(take(), under_way.front());
            under_way.pop_front();
            ++carried;
            if (random.chance(0.5)) {
                receiver_.publish_head();
            }
        } else {
            receiver_.publish_head();
        }
    }
}

TEST_F(ShmRingTest, fills_up_and_empties) {
    const ByteVector record = make_frame(1000, 1);
    int count = 0;
    while (put(record)) {
        ++count;
    }
    EXPECT_EQ(count, 16 * 1024 / 1024);
    EXPECT_FALSE(sender_.half_empty().value());
    for (int taken = 0; taken < count; ++taken) {
        take();
    }
    EXPECT_FALSE(receiver_.next(record_).value());
    EXPECT_FALSE(put(record)) << "the head has not been published";
    EXPECT_TRUE(receiver_.publish_head());
    EXPECT_FALSE(receiver_.publish_head());
    EXPECT_TRUE(sender_.half_empty().value());
    EXPECT_TRUE(put(record));
}

TEST_F(ShmRingTest, carries_references) {
    const std::vector<ShmReference> references = {{0, 64, 8}, {3, 128, 1ULL << 40}};
    ASSERT_TRUE(put(make_frame(24, 1), references));
    ASSERT_TRUE(receiver_.next(record_).value());
    ASSERT_EQ(record_.header.reference_count, 2U);
    EXPECT_EQ(record_.references[1].region, 3U);
    EXPECT_EQ(record_.references[1].bytes, 128U);
    EXPECT_EQ(record_.references[1].offset, 1ULL << 40);
}

TEST_F(ShmRingTest, the_largest_record_always_fits_into_an_empty_ring) {
    for (std::uint32_t offset = 24; offset < kRingBytes; offset += 1000) {
        ASSERT_TRUE(put(make_frame(offset % 4000 + 24, 1)));
        take();
        receiver_.publish_head();
        ASSERT_TRUE(put(make_frame(sender_.record_bytes_max() - 24, 2))) << offset;
        take();
        receiver_.publish_head();
    }
}

}  // namespace
}  // namespace kera
