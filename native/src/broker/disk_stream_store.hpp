// Streams remembered on the core's own disk, a small file each.
// Belongs to the first reactor's thread, like its disk.
// Invariant: a stream's file is whole, old or new, at any time; its folder is of no meaning without
// it.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "broker/stream_store.hpp"
#include "disk/disk.hpp"

namespace kera {

class DiskStreamStore final : public StreamStore, private DiskClient {
  public:
    explicit DiskStreamStore(Disk& disk) noexcept : disk_(disk) {}

    void save(const Stream& stream, const StreamSettings& settings, StreamStoreClient& client,
              std::int64_t change) override;
    void remove(StreamId stream, StreamStoreClient& client, std::int64_t change) override;

  private:
    struct Operation {
        StreamStoreClient* client;
        std::int64_t change;
        // The stream whose folder goes, once its file is out of the way.
        StreamId removed;
        bool setting_aside;
    };

    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

    Disk& disk_;
    DiskToken next_token_ = 1;
    // Their file is out of the way, their folder could not be removed: what is left to do.
    std::unordered_set<StreamId> aside_;
    std::unordered_map<DiskToken, Operation> operations_;
};

}  // namespace kera
