#include "transport/send_queue.hpp"

#include <gtest/gtest.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "base/random.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {
namespace {

class SendQueueTest : public testing::Test {
  protected:
    // Takes up to `bytes_max` out of the queue, as a socket would.
    void take(std::uint64_t bytes_max) {
        std::array<iovec, 5> vectors;
        const std::size_t count = queue_.front(vectors);
        std::uint64_t taken = 0;
        for (std::size_t index = 0; index < count && taken < bytes_max; ++index) {
            const auto* base = static_cast<const std::byte*>(vectors[index].iov_base);
            const auto bytes = std::min<std::uint64_t>(vectors[index].iov_len, bytes_max - taken);
            stream_.insert(stream_.end(), base, base + bytes);
            taken += bytes;
        }
        queue_.sent(taken, released_);
    }

    bool put(const ByteVector& frame, std::size_t head_bytes, Token token,
             std::uint64_t skip_bytes = 0) {
        const IoSpan body{frame.data() + head_bytes,
                          static_cast<std::uint32_t>(frame.size() - head_bytes)};
        return queue_.put(std::span(frame).first(head_bytes), {&body, 1}, token, skip_bytes);
    }

    MessageBufferPool pool_{1 << 20, 1 << 20};
    SendQueue queue_{pool_, 64 * 1024};
    ByteVector stream_;
    std::vector<Token> released_;
};

TEST_F(SendQueueTest, sends_every_byte_in_order_whatever_the_socket_takes) {
    Random random(3);
    std::vector<ByteVector> frames;
    for (std::uint32_t seed = 0; seed < 300; ++seed) {
        frames.push_back(make_frame(24 + 8 * static_cast<std::uint32_t>(random.below(400)), seed));
    }
    ByteVector expected;
    std::vector<Token> tokens;
    for (std::size_t index = 0; index < frames.size(); ++index) {
        const Token token = index % 3 == 0 ? kNoToken : index;
        while (!queue_.has_room(frames[index].size())) {
            take(1 + random.below(5000));
        }
        ASSERT_TRUE(put(frames[index], 24, token));
        expected.insert(expected.end(), frames[index].begin(), frames[index].end());
        if (token != kNoToken) {
            tokens.push_back(token);
        }
    }
    while (!queue_.empty()) {
        take(1 + random.below(5000));
    }
    EXPECT_EQ(stream_, expected);
    EXPECT_EQ(released_, tokens);
    EXPECT_EQ(pool_.outstanding_bytes(), 0U);
}

TEST_F(SendQueueTest, goes_on_where_a_direct_send_stopped) {
    const ByteVector frame = make_frame(1024, 1);
    for (const std::uint64_t skip : {1U, 23U, 24U, 25U, 1000U, 1023U}) {
        stream_.clear();
        released_.clear();
        ASSERT_TRUE(put(frame, 24, 7, skip));
        while (!queue_.empty()) {
            EXPECT_TRUE(released_.empty());
            take(100);
        }
        EXPECT_TRUE(std::equal(stream_.begin(), stream_.end(),
                               frame.begin() + static_cast<std::ptrdiff_t>(skip), frame.end()));
        EXPECT_EQ(released_, std::vector<Token>{7});
    }
}

TEST_F(SendQueueTest, copies_a_body_that_has_no_token) {
    ByteVector frame = make_frame(4096, 1);
    const ByteVector before = frame;
    ASSERT_TRUE(put(frame, 24, kNoToken));
    std::ranges::fill(frame, std::byte{0});
    while (!queue_.empty()) {
        take(1000);
    }
    EXPECT_EQ(stream_, before);
}

TEST_F(SendQueueTest, puts_nothing_when_there_is_no_memory_for_the_copy) {
    MessageBufferPool tiny(1024, 0);
    SendQueue queue(tiny, 1 << 20);
    const ByteVector frame = make_frame(4096, 1);
    EXPECT_FALSE(queue.put(frame, {}, kNoToken, 0));
    EXPECT_TRUE(queue.empty());
    EXPECT_EQ(queue.bytes(), 0U);
}

TEST_F(SendQueueTest, takes_any_size_when_empty_and_no_more_than_its_limit_after) {
    EXPECT_TRUE(queue_.has_room(1 << 30));
    const ByteVector frame = make_frame(40 * 1024, 1);
    ASSERT_TRUE(put(frame, 24, 1));
    EXPECT_TRUE(queue_.has_room(24 * 1024));
    EXPECT_FALSE(queue_.has_room(24 * 1024 + 8));
    EXPECT_FALSE(queue_.half_empty());
    queue_.drop_all(released_);
    EXPECT_EQ(released_, std::vector<Token>{1});
    EXPECT_TRUE(queue_.empty());
}

}  // namespace
}  // namespace kera
