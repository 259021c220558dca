// A sealed chunk in its own memory, as a client would have it. One thread. Invariant: its records
// and its checksums are right.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/bytes.hpp"
#include "base/ids.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

class TestChunk {
  public:
    struct Shape {
        ProducerId producer = kNoProducer;
        ProducerEpoch epoch{0};
        Sequence sequence{0};
        std::uint32_t records = 1;
        std::uint32_t value_bytes = 64;
        std::int64_t timestamp_ms = 1'000;
        std::uint16_t attributes = 0;
        StreamId stream{7};
        StreamletId streamlet{3};
    };

    explicit TestChunk(const Shape& shape) {
        const std::size_t bytes =
            kChunkHeaderBytes + shape.records * record_bytes(std::uint64_t{shape.value_bytes});
        words_.resize(bytes / sizeof(std::uint64_t));
        ChunkBuilder builder(MutableBytes(data(), bytes));
        for (std::uint32_t record = 0; record < shape.records; ++record) {
            std::byte* value = builder.add(shape.value_bytes, shape.timestamp_ms + record);
            for (std::uint32_t i = 0; i < shape.value_bytes; ++i) {
                value[i] =
                    static_cast<std::byte>(static_cast<std::uint32_t>(shape.sequence.value()) + i);
            }
        }
        builder.seal({.stream = shape.stream,
                      .streamlet = shape.streamlet,
                      .producer = shape.producer,
                      .producer_epoch = shape.epoch,
                      .base_sequence = shape.sequence,
                      .attributes = shape.attributes});
    }

    std::byte* data() noexcept { return reinterpret_cast<std::byte*>(words_.data()); }
    Bytes bytes() const noexcept { return std::as_bytes(std::span(words_)); }
    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(bytes().size()); }

  private:
    std::vector<std::uint64_t> words_;
};

}  // namespace kera
