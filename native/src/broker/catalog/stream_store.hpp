// Keeps streams, so that the next start finds them. The first reactor's thread. Answers come from
// its disk's poll(), or at once where nothing is kept. Invariant: each save and each remove is
// answered once, in order for one stream.
#pragma once

#include <cstdint>

#include "base/result.hpp"
#include "broker/stream/stream.hpp"

namespace kera {

class StreamStoreClient {
  public:
    virtual void on_stored(std::int64_t change, const Result<void>& outcome) = 0;

  protected:
    ~StreamStoreClient() = default;
};

enum class Removal : std::uint8_t {
    deleted,  // log files may have chunks of the stream still: its id is not free again
    undone,   // nothing was ever appended to it
};

class StreamStore {
  public:
    virtual ~StreamStore() = default;
    // Stores the stream with the starts that its streamlets have now, and notes them as kept once
    // they are stable. REQUIRES: the stream lives until the answer.
    virtual void save(Stream& stream, const StreamSettings& settings, StreamStoreClient& client,
                      std::int64_t change) = 0;
    // Stores that the stream is deleted, so that no start looks for its records any more.
    virtual void mark_deleted(StreamId stream, StreamStoreClient& client, std::int64_t change) = 0;
    // Marks it, too.
    virtual void remove(StreamId stream, Removal why, StreamStoreClient& client,
                        std::int64_t change) = 0;
    // Whether chunks of a deleted stream may come back at the next start.
    virtual bool keeps_chunks() const noexcept = 0;
};

// For cores that keep nothing, and for those whose streams the control plane keeps.
class NoStreamStore final : public StreamStore {
  public:
    void save(Stream&, const StreamSettings&, StreamStoreClient& client,
              std::int64_t change) override {
        client.on_stored(change, {});
    }
    void mark_deleted(StreamId, StreamStoreClient& client, std::int64_t change) override {
        client.on_stored(change, {});
    }
    void remove(StreamId, Removal, StreamStoreClient& client, std::int64_t change) override {
        client.on_stored(change, {});
    }
    bool keeps_chunks() const noexcept override { return false; }
};

}  // namespace kera
