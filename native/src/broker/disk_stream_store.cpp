// Saving and removing streams' files.
// Belongs to the first reactor's thread.
#include "broker/disk_stream_store.hpp"

#include "vlog/node_file_path.hpp"
#include "wire/node_files.hpp"

namespace kera {

void DiskStreamStore::save(const Stream& stream, const StreamSettings& settings,
                           StreamStoreClient& client, std::int64_t change) {
    StreamFile file;
    file.stream = stream.id;
    file.term = stream.streamlets.front().streamlet->term();
    file.settings = settings;
    file.name = stream.name;
    for (const SharedStreamlet& shared : stream.streamlets) {
        file.starts.push_back(shared.streamlet->start_offset());
    }
    const DiskToken token = next_token_++;
    operations_[token] = {&client, change, {}};
    disk_.replace(stream_file_path(stream.id), file.encode(), *this, token);
}

void DiskStreamStore::remove(StreamId stream, StreamStoreClient& client, std::int64_t change) {
    const DiskToken token = next_token_++;
    operations_[token] = {&client, change, stream_folder(stream)};
    // Without its file under its name a folder is a leftover, whether or not all of it goes before
    // a crash.
    disk_.rename_durably(stream_file_path(stream), stream_file_path(stream) + ".aside", *this,
                         token);
}

void DiskStreamStore::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    const auto found = operations_.find(token);
    if (done.ok() && !found->second.folder.empty()) {
        const std::string folder = std::move(found->second.folder);
        found->second.folder.clear();
        disk_.remove_tree(folder, *this, token);
        return;
    }
    const Operation operation = std::move(found->second);
    operations_.erase(found);
    operation.client->on_stored(operation.change,
                                done.ok() ? Result<void>() : Result<void>(done.error()));
}

}  // namespace kera
