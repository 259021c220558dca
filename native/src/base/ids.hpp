// Strong ids: the compiler refuses to mix two ids of different meaning, or an id and an integer.
// Any thread; plain values with the size of their integer. `value()` is for codecs, logs and
// indexing only. Positions in a sequence (Offset, Position) support + and - of counts; the others
// can only be compared and stepped.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <limits>

namespace kera {

template <class Tag, class Int>
class StrongId {
  public:
    using value_type = Int;

    constexpr StrongId() noexcept = default;
    constexpr explicit StrongId(Int value) noexcept : value_(value) {}

    constexpr Int value() const noexcept { return value_; }

    // The next one; a Sequence steps from its maximum to zero.
    constexpr StrongId next() const noexcept {
        if constexpr (requires { Tag::kWraps; }) {
            if (value_ == std::numeric_limits<Int>::max()) {
                return StrongId(0);
            }
        }
        return StrongId(static_cast<Int>(value_ + 1));
    }

    friend constexpr auto operator<=>(StrongId, StrongId) noexcept = default;

    constexpr StrongId& operator+=(Int count) noexcept
        requires requires { Tag::kCounts; }
    {
        value_ = static_cast<Int>(value_ + count);
        return *this;
    }
    friend constexpr StrongId operator+(StrongId id, Int count) noexcept
        requires requires { Tag::kCounts; }
    {
        return id += count;
    }
    friend constexpr StrongId operator-(StrongId id, Int count) noexcept
        requires requires { Tag::kCounts; }
    {
        return StrongId(static_cast<Int>(id.value_ - count));
    }
    friend constexpr Int operator-(StrongId left, StrongId right) noexcept
        requires requires { Tag::kCounts; }
    {
        return static_cast<Int>(left.value_ - right.value_);
    }

    // For googletest's messages.
    friend void PrintTo(StrongId id, std::ostream* out) { *out << +id.value_; }

  private:
    Int value_ = 0;
};

struct StreamIdTag {};
struct StreamletIdTag {};
struct LaneIdTag {};
struct GroupIdTag {};
struct SegmentIdTag {};
struct TermTag {};
struct OffsetTag {
    static constexpr bool kCounts = true;
};
struct PositionTag {
    static constexpr bool kCounts = true;
};
struct ProducerIdTag {};
struct ProducerEpochTag {};
struct SequenceTag {
    static constexpr bool kWraps = true;
};
struct ReactorIdTag {};
struct NodeIdTag {};
struct ConnectionIdTag {};

using StreamId = StrongId<StreamIdTag, std::int64_t>;
using StreamletId = StrongId<StreamletIdTag, std::int32_t>;
using LaneId = StrongId<LaneIdTag, std::uint16_t>;
using GroupId = StrongId<GroupIdTag, std::int32_t>;
using SegmentId = StrongId<SegmentIdTag, std::int32_t>;
using Term = StrongId<TermTag, std::int32_t>;
// Of a client that does not say in which term it believes a streamlet to be. Terms begin with 1.
inline constexpr Term kAnyTerm{0};
// The offset of a record, dense within its streamlet.
using Offset = StrongId<OffsetTag, std::int64_t>;
// A position in a reactor's virtual log.
using Position = StrongId<PositionTag, std::int64_t>;
using ProducerId = StrongId<ProducerIdTag, std::int64_t>;
using ProducerEpoch = StrongId<ProducerEpochTag, std::int16_t>;
// The sequence of a producer's record: 0..2^31-1, then 0 again, as in Kafka's idempotent producer.
using Sequence = StrongId<SequenceTag, std::int32_t>;
using ReactorId = StrongId<ReactorIdTag, std::int32_t>;
using NodeId = StrongId<NodeIdTag, std::int32_t>;
using ConnectionId = StrongId<ConnectionIdTag, std::int64_t>;

// REQUIRES: sequence >= 0, record_count >= 0.
constexpr Sequence advance(Sequence sequence, std::int32_t record_count) noexcept {
    constexpr std::int64_t kSequences = std::int64_t{1} << 31;
    return Sequence(static_cast<std::int32_t>(
        (std::int64_t{sequence.value()} + std::int64_t{record_count}) % kSequences));
}

}  // namespace kera

template <class Tag, class Int>
struct std::hash<kera::StrongId<Tag, Int>> {
    // Ids are dense, and open-addressing tables need mixed low bits.
    std::size_t operator()(kera::StrongId<Tag, Int> id) const noexcept {
        return static_cast<std::size_t>(static_cast<std::uint64_t>(id.value()) *
                                        0x9E3779B97F4A7C15ULL);
    }
};
