// The limits of options. See producer_options.hpp.
#include "client/send/producer_options.hpp"

#include "base/units.hpp"
#include "client/compress/payload_codec.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

constexpr std::uint32_t kChunkBytesMin = 1024;
constexpr std::uint32_t kChunkBytesMax = 64U << 20U;
static_assert(kChunkBytesMax / kRecordHeaderBytes <= kChunkRecordsMax, "whatever is in a chunk");

}  // namespace

Result<void> ProducerOptions::check() const {
    if (chunk_bytes < kChunkBytesMin || chunk_bytes > kChunkBytesMax) {
        return fail(ErrorCode::invalid_argument, "chunk_bytes", kChunkBytesMax, chunk_bytes);
    }
    const std::uint64_t memory_min = kBuffersMin * (chunk_bytes + kCacheLineBytes);
    if (memory_bytes < memory_min) {
        return fail(ErrorCode::invalid_argument, "memory_bytes",
                    static_cast<std::int64_t>(memory_min), static_cast<std::int64_t>(memory_bytes));
    }
    if (linger_ns < 0 || max_block_ns < 0 || delivery_timeout_ns <= 0 || request_timeout_ns <= 0) {
        return fail(ErrorCode::invalid_argument, "producer_times");
    }
    if (streamlet_chunks_max == 0) {
        return fail(ErrorCode::invalid_argument, "streamlet_chunks_max", 1, 0);
    }
    if (retry.initial_ns <= 0 || retry.max_ns < retry.initial_ns || retry.jitter_percent < 0 ||
        retry.jitter_percent > 100) {
        return fail(ErrorCode::invalid_argument, "retry");
    }
    if (compression > Codec::zstd) {
        return fail(ErrorCode::invalid_argument, "compression",
                    static_cast<std::int64_t>(Codec::zstd), static_cast<std::int64_t>(compression));
    }
    if (compression != Codec::plain) {
        KERA_TRY_ASSIGN(const auto codec, PayloadCodec::create(compression));
        static_cast<void>(codec);
    }
    if (!states.empty() && states.size() < rounded().buffers_max()) {
        return fail(ErrorCode::invalid_argument, "states", rounded().buffers_max(),
                    static_cast<std::int64_t>(states.size()));
    }
    return {};
}

ProducerOptions ProducerOptions::rounded() const {
    ProducerOptions options = *this;
    options.chunk_bytes = align_up(chunk_bytes, static_cast<std::uint32_t>(kCacheLineBytes));
    options.memory_bytes -= memory_bytes % options.chunk_bytes;
    return options;
}

}  // namespace kera
