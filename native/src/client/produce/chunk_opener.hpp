// Makes room for a record: in the open chunk of its streamlet, or in a new one. When memory is
// short, it waits. Thread: the application's. Borrows everything. Invariant: a streamlet has at
// most ProducerOptions::streamlet_chunks_max sealed chunks that are not settled.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "client/produce/open_chunks.hpp"
#include "client/produce/record_target.hpp"
#include "client/send/attached_streams.hpp"
#include "client/send/chunk_pool.hpp"
#include "client/send/producer_identity.hpp"
#include "client/send/producer_options.hpp"
#include "client/send/sealed_chunks.hpp"
#include "client/send/sender.hpp"

namespace kera {

class ChunkOpener {
  public:
    struct Parts {
        Loop& loop;
        const ProducerOptions& options;
        const ProducerIdentity& identity;
        const AttachedStreams& streams;
        ChunkPool& pool;
        SealedChunks& sealed;
        OpenChunks& open_chunks;
        const Sender& sender;
    };

    explicit ChunkOpener(const Parts& parts) : parts_(parts) {}

    // Room for `bytes` more of a record with that time. Takes the lock, and keeps it when it
    // succeeds. REQUIRES: no claim is open.
    Result<void> make_room(OpenChunk& chunk, std::uint64_t bytes, std::int64_t timestamp_ms) {
        parts_.sealed.lock().lock();
        const bool any_time = timestamp_ms == kTimeOfSending;
        if (chunk.builder.fits(bytes) &&
            chunk.builder.spans(any_time ? chunk.timestamp_ms : timestamp_ms)) [[likely]] {
            return {};
        }
        return open_another(chunk, bytes);
    }

  private:
    Result<void> open_another(OpenChunk& chunk, std::uint64_t bytes);
    Result<void> await_memory(const OpenChunk& chunk, std::uint64_t bytes,
                              std::int64_t deadline_ns);
    Result<void> may_open(const OpenChunk& chunk, std::uint64_t bytes) const;
    bool may_seal_more(const OpenChunk& chunk) const noexcept;

    const Parts parts_;
};

}  // namespace kera
