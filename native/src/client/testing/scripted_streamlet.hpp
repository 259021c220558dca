// Test fixture: one streamlet as a scripted broker keeps it: its chunks, its offsets, and the
// sequences of its producers. Refuses what a broker refuses: gaps, old epochs, unknown producers.
// One thread. Owns the bytes.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/send/streamlet_queue.hpp"
#include "wire/chunk/chunk.hpp"
#include "wire/chunk/record.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

struct ScriptedStreamlet {
    struct Chunk {
        Offset base;
        std::vector<std::byte> bytes;
    };
    struct KnownProducer {
        ProducerEpoch epoch;
        Sequence next;
        std::deque<std::pair<Sequence, Offset>> last;
    };

    // Appends a chunk of a client, or says why not.
    AppendResult append(const ChunkInfo& info, std::span<std::byte> chunk,
                        std::int64_t append_time_ms) {
        AppendResult result;
        stated.push_back(ChunkView(chunk.data()).place().term);
        if (!is_in(stated.back())) {
            result.code = ErrorCode::stale_term;
            result.limit = term.value();
            result.value = stated.back().value();
            return result;
        }
        if (info.producer != kNoProducer) {
            result = check_sequence(info);
            if (result.code != ErrorCode::ok || result.duplicate) {
                return result;
            }
        }
        result.base_offset = next;
        result.append_time_ms = append_time_ms;
        keep({chunk.begin(), chunk.end()}, append_time_ms);
        if (info.producer != kNoProducer) {
            KnownProducer& known = producers[info.producer.value()];
            known.next = advance(info.base_sequence, static_cast<std::int32_t>(info.record_count));
            known.last.emplace_back(info.base_sequence, result.base_offset);
            if (known.last.size() > StreamletQueue::kInFlightMax) {
                known.last.pop_front();
            }
        }
        return result;
    }

    bool is_in(Term asked) const noexcept {
        return term == kAnyTerm || asked == kAnyTerm || asked == term;
    }

    // Adds a chunk without any producer's doing.
    void keep(std::vector<std::byte> chunk, std::int64_t append_time_ms) {
        ChunkPlace where;
        where.base_offset = next;
        where.append_time_ms = append_time_ms;
        write_place(chunk.data(), where);
        chunks.push_back({next, std::move(chunk)});
        next += static_cast<std::int64_t>(ChunkView(chunks.back().bytes.data()).record_count());
    }

    // As if the broker had been killed: only the first `count` chunks are left.
    void forget_after(std::size_t count) {
        producers.clear();
        next = Offset(0);
        for (Chunk& chunk : std::exchange(chunks, {})) {
            if (chunks.size() < count) {
                const std::span<std::byte> bytes(chunk.bytes);
                const ChunkInfo info =
                    check_chunk_header(bytes.first(kChunkHeaderBytes), bytes.size()).value();
                append(info, bytes, ChunkView(bytes.data()).append_time_ms());
            }
        }
    }

    // The values of all records, in order.
    std::vector<std::string> values() const {
        std::vector<std::string> all;
        for (const Chunk& chunk : chunks) {
            for_each_record(
                ChunkView(chunk.bytes.data()), [&all](const RecordView& record, Offset) {
                    const Bytes value = record.value();
                    all.emplace_back(reinterpret_cast<const char*>(value.data()), value.size());
                });
        }
        return all;
    }

    // The offset of the first chunk with a record as late as that.
    Offset offset_at(std::int64_t timestamp_ms) const {
        for (const Chunk& chunk : chunks) {
            if (ChunkView(chunk.bytes.data()).max_timestamp_ms() >= timestamp_ms) {
                return chunk.base;
            }
        }
        return next;
    }

    std::vector<Chunk> chunks;
    Offset start{0};
    Offset next{0};
    // Unless it is kAnyTerm, those who state another one are refused.
    Term term = kAnyTerm;
    // Where the term before ended.
    Offset term_began{0};
    // What the chunks stated.
    std::vector<Term> stated;
    std::map<std::int64_t, KnownProducer> producers;

  private:
    AppendResult check_sequence(const ChunkInfo& info) {
        AppendResult result;
        auto found = producers.find(info.producer.value());
        if (found == producers.end()) {
            if (info.base_sequence != Sequence(0)) {
                result.code = ErrorCode::unknown_producer;
                return result;
            }
            found = producers.emplace(info.producer.value(), KnownProducer{}).first;
            found->second.epoch = info.producer_epoch;
        }
        KnownProducer& known = found->second;
        if (info.producer_epoch < known.epoch) {
            result.code = ErrorCode::stale_producer_epoch;
            return result;
        }
        if (info.producer_epoch > known.epoch) {
            known = KnownProducer{};
            known.epoch = info.producer_epoch;
        }
        for (const auto& [sequence, offset] : known.last) {
            if (sequence == info.base_sequence) {
                result.duplicate = true;
                result.base_offset = offset;
                return result;
            }
        }
        if (info.base_sequence != known.next) {
            result.code = ErrorCode::sequence_gap;
            result.limit = known.next.value();
            result.value = info.base_sequence.value();
        }
        return result;
    }
};

// By stream and streamlet.
using ScriptedStreamlets = std::map<std::pair<std::int64_t, std::int32_t>, ScriptedStreamlet>;

}  // namespace kera
