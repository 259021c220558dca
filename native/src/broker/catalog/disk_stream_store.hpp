// Streams remembered on the core's own disk: a small file each in the stream's folder, and a second
// copy of it in the catalog's. Belongs to the first reactor's thread, like its disk.
// Invariants: each copy is whole, old or new, at any time; a stream whose second copy is there had
// a folder; nothing of a stream is removed before a mark says durably that it is deleted.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "broker/catalog/stream_store.hpp"
#include "disk/disk.hpp"

namespace kera {

class DiskStreamStore final : public StreamStore, private DiskClient {
  public:
    explicit DiskStreamStore(Disk& disk) noexcept : disk_(disk) {}

    void save(Stream& stream, const StreamSettings& settings, StreamStoreClient& client,
              std::int64_t change) override;
    // May be asked again after it has failed, and for streams of which nothing is there.
    void remove(StreamId stream, StreamStoreClient& client, std::int64_t change) override;

  private:
    struct Operation {
        StreamStoreClient* client;
        std::int64_t change;
        StreamId stream;
        // How many of its steps have been begun.
        std::size_t begun = 0;
        // Of a save: what is written, and whose starts it says; else null.
        Stream* saved = nullptr;
        std::vector<std::byte> content;
        std::vector<Offset> starts;
    };

    void begin(Operation&& operation);
    // False when there is no further step.
    bool begin_step(DiskToken token, Operation& operation);
    bool begin_saving(DiskToken token, Operation& operation);
    bool begin_removing(DiskToken token, Operation& operation);
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

    Disk& disk_;
    DiskToken next_token_ = 1;
    std::unordered_map<DiskToken, Operation> operations_;
};

}  // namespace kera
