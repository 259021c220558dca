// Where a catalog remembers its streams. On the first reactor's thread; answers come from within
// its disk's poll(), or at once where nothing is kept. Invariant: each save and remove is answered
// once, in order for one stream.
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

class StreamStore {
  public:
    virtual ~StreamStore() = default;
    // With the starts of its streamlets as they are now, which are noted as kept once they are
    // stable. REQUIRES: the stream stays until the answer.
    virtual void save(Stream& stream, const StreamSettings& settings, StreamStoreClient& client,
                      std::int64_t change) = 0;
    virtual void remove(StreamId stream, StreamStoreClient& client, std::int64_t change) = 0;
};

// For cores that keep nothing, or whose streams the control plane remembers.
class NoStreamStore final : public StreamStore {
  public:
    void save(Stream&, const StreamSettings&, StreamStoreClient& client,
              std::int64_t change) override {
        client.on_stored(change, {});
    }
    void remove(StreamId, StreamStoreClient& client, std::int64_t change) override {
        client.on_stored(change, {});
    }
};

}  // namespace kera
