#include "transport/tcp/frame_assembler.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "base/random.hpp"
#include "transport/testing/transport_recorder.hpp"

namespace kera {
namespace {

constexpr std::uint32_t kLarge = 64 * 1024 * 1024;

class FrameAssemblerTest : public testing::Test {
  protected:
    // Gives the assembler at most `bytes_max` of the stream at a time; collects what comes out.
    void feed(FrameAssembler& assembler, std::span<const std::byte> stream, std::size_t bytes_max) {
        while (!stream.empty()) {
            const std::span<std::byte> room = assembler.free_bytes();
            ASSERT_FALSE(room.empty());
            const std::size_t count = std::min({room.size(), stream.size(), bytes_max});
            copy_bytes(room.data(), stream.data(), count);
            assembler.arrived(static_cast<std::uint32_t>(count));
            stream = stream.subspan(count);
            drain(assembler);
        }
    }

    void drain(FrameAssembler& assembler) {
        for (;;) {
            auto frame = assembler.next();
            if (!frame.ok()) {
                errors_.push_back(frame.error());
                return;
            }
            if (!frame->has_value()) {
                return;
            }
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>((*frame)->head().data()) % 8, 0U);
            got_.push_back(joined(**frame));
            if (keep_) {
                kept_.push_back(std::move(**frame));
            }
        }
    }

    static ByteVector stream_of(const std::vector<ByteVector>& frames) {
        ByteVector stream;
        for (const ByteVector& frame : frames) {
            stream.insert(stream.end(), frame.begin(), frame.end());
        }
        return stream;
    }

    MessageBufferPool pool_{256ULL * 1024 * 1024, 1024 * 1024};
    std::vector<ByteVector> got_;
    std::vector<Inbound> kept_;
    std::vector<Error> errors_;
    bool keep_ = false;
};

TEST_F(FrameAssemblerTest, finds_frames_however_the_stream_is_cut) {
    const std::vector<ByteVector> frames = {make_frame(24, 1), make_frame(40, 2),
                                            make_frame(256, 3), make_frame(24, 4)};
    const ByteVector stream = stream_of(frames);
    for (std::size_t cut = 1; cut <= stream.size(); ++cut) {
        FrameAssembler assembler(pool_, kFrameBytesBeforeHello);
        got_.clear();
        feed(assembler, stream, cut);
        ASSERT_EQ(got_, frames) << cut;
        EXPECT_FALSE(assembler.inside_frame());
    }
}

TEST_F(FrameAssemblerTest, finds_frames_of_all_sizes_in_random_cuts) {
    Random random(5);
    for (int round = 0; round < 20; ++round) {
        keep_ = round % 2 == 0;
        std::vector<ByteVector> frames;
        for (std::uint32_t seed = 0; seed < 40; ++seed) {
            const auto shift = static_cast<std::uint32_t>(random.below(18));
            frames.push_back(
                make_frame(24 + 8 * static_cast<std::uint32_t>(random.below(1ULL << shift)), seed));
        }
        FrameAssembler assembler(pool_, kLarge);
        got_.clear();
        feed(assembler, stream_of(frames), 1 + random.below(300'000));
        ASSERT_EQ(got_, frames);
        for (std::size_t index = 0; index < kept_.size(); ++index) {
            ASSERT_EQ(joined(kept_[index]), frames[index]) << "overwritten while held";
        }
        kept_.clear();
    }
}

TEST_F(FrameAssemblerTest, refuses_lengths_that_no_frame_has) {
    struct Case {
        std::uint32_t length;
        ErrorCode code;
        std::int64_t limit;
    };
    for (const Case& one : {Case{0, ErrorCode::malformed, 24}, Case{23, ErrorCode::malformed, 24},
                            Case{16, ErrorCode::malformed, 24}, Case{25, ErrorCode::malformed, 8},
                            Case{4100, ErrorCode::frame_too_large, 4096},
                            Case{0xFFFFFFFF, ErrorCode::frame_too_large, 4096}}) {
        FrameAssembler assembler(pool_, kFrameBytesBeforeHello);
        ByteVector stream(4);
        store_le(stream.data(), one.length);
        errors_.clear();
        feed(assembler, stream, 4);
        ASSERT_EQ(errors_.size(), 1U) << one.length;
        EXPECT_EQ(errors_[0].code, one.code) << one.length;
        EXPECT_EQ(errors_[0].limit, one.limit);
        EXPECT_EQ(errors_[0].value, one.length);
    }
}

TEST_F(FrameAssemblerTest, moves_nothing_in_a_steady_stream) {
    FrameAssembler assembler(pool_, kLarge);
    const ByteVector frame = make_frame(65536 + 32, 1);
    feed(assembler, frame, frame.size());
    assembler.drop_empty_buffer();
    const std::byte* first = assembler.free_bytes().data();
    for (int count = 0; count < 100; ++count) {
        const std::span<std::byte> room = assembler.free_bytes();
        EXPECT_EQ((room.data() - first) % static_cast<std::ptrdiff_t>(frame.size()), 0);
        EXPECT_EQ(room.size() % frame.size(), 0U);
        EXPECT_GE(room.size(), frame.size());
        for (std::size_t at = 0; at < room.size(); at += frame.size()) {
            copy_bytes(room.data() + at, frame.data(), frame.size());
        }
        assembler.arrived(static_cast<std::uint32_t>(room.size()));
        drain(assembler);
        EXPECT_FALSE(assembler.inside_frame());
    }
    EXPECT_EQ(pool_.outstanding_bytes(), 256U * 1024);
}

TEST_F(FrameAssemblerTest, spends_no_memory_on_an_announcement) {
    FrameAssembler assembler(pool_, kLarge);
    const ByteVector frame = make_frame(kLarge, 1);
    feed(assembler, std::span(frame).first(64), 64);
    ASSERT_FALSE(assembler.free_bytes().empty());
    EXPECT_LE(pool_.outstanding_bytes(), 1024U * 1024);
    feed(assembler, std::span(frame).subspan(64), frame.size());
    ASSERT_EQ(got_.size(), 1U);
    EXPECT_EQ(got_[0], frame);
}

TEST_F(FrameAssemblerTest, has_no_room_when_the_pool_is_exhausted_and_goes_on_later) {
    MessageBufferPool small(512 * 1024, 0);
    MessageBuffer* taken = small.acquire(300 * 1024);
    ASSERT_NE(taken, nullptr);
    {
        FrameAssembler assembler(small, kLarge);
        EXPECT_TRUE(assembler.free_bytes().empty());
        taken->drop_reference();
        EXPECT_FALSE(assembler.free_bytes().empty());
        const ByteVector frame = make_frame(4096, 1);
        feed(assembler, frame, 100);
        EXPECT_EQ(got_.size(), 1U);
    }
    EXPECT_EQ(small.outstanding_bytes(), 0U);
}

TEST_F(FrameAssemblerTest, holds_no_buffer_at_rest) {
    FrameAssembler assembler(pool_, kLarge);
    feed(assembler, make_frame(4096, 1), 4096);
    assembler.drop_empty_buffer();
    EXPECT_EQ(pool_.outstanding_bytes(), 0U);
    const ByteVector next = make_frame(4096, 2);
    feed(assembler, std::span(next).first(100), 100);
    assembler.drop_empty_buffer();
    EXPECT_TRUE(assembler.inside_frame());
    EXPECT_GT(pool_.outstanding_bytes(), 0U) << "a part of a frame is kept";
}

}  // namespace
}  // namespace kera
