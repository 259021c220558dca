// Keeps streams on the core's own disk: a small file in the stream's folder, and a copy of it in
// the catalog's folder. Belongs to the first reactor's thread, like its disk. Invariants: each copy
// is whole at any time, old or new; where there is a copy in the catalog, there was a folder; a
// mark says durably that a stream is deleted before any of its files is removed.
#pragma once

#include <cstdint>
#include <unordered_map>
#include <vector>

#include "broker/catalog/stream_store.hpp"
#include "disk/disk.hpp"

namespace kera {

class DiskStreamStore final : public StreamStore, private DiskClient {
  public:
    // `restarts`: of this run; see RunFile.
    DiskStreamStore(Disk& disk, std::int32_t restarts) noexcept
        : disk_(disk), restarts_(restarts) {}

    void save(Stream& stream, const StreamSettings& settings, StreamStoreClient& client,
              std::int64_t change) override;
    void mark_deleted(StreamId stream, StreamStoreClient& client, std::int64_t change) override;
    // May be called again after a failure, and for streams that have no files.
    void remove(StreamId stream, Removal why, StreamStoreClient& client,
                std::int64_t change) override;
    bool keeps_chunks() const noexcept override { return true; }

  private:
    struct Operation {
        StreamStoreClient* client;
        std::int64_t change;
        StreamId stream;
        // How many of its steps have begun.
        std::size_t begun = 0;
        // For a save: the stream, the file's content and the starts in it. Null for a removal.
        Stream* saved = nullptr;
        std::vector<std::byte> content;
        std::vector<Offset> starts;
        Removal removal = Removal::undone;
        // Ends with the mark.
        bool only_marks = false;
    };

    void begin(Operation&& operation);
    // False when there is no step left.
    bool begin_step(DiskToken token, Operation& operation);
    bool begin_saving(DiskToken token, Operation& operation);
    bool begin_removing(DiskToken token, Operation& operation);
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

    Disk& disk_;
    const std::int32_t restarts_;
    DiskToken next_token_ = 1;
    std::unordered_map<DiskToken, Operation> operations_;
};

}  // namespace kera
