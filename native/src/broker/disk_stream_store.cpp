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
    Result<std::vector<std::byte>> encoded = file.encode();
    if (!encoded.ok()) {
        client.on_stored(change, encoded.error());
        return;
    }
    const DiskToken token = next_token_++;
    operations_[token] = {&client, change, kAnyStream, false};
    disk_.replace(stream_file_path(stream.id), std::move(encoded).value(), *this, token);
}

void DiskStreamStore::remove(StreamId stream, StreamStoreClient& client, std::int64_t change) {
    const DiskToken token = next_token_++;
    if (aside_.contains(stream)) {
        operations_[token] = {&client, change, stream, false};
        disk_.remove_tree(stream_folder(stream), *this, token);
        return;
    }
    operations_[token] = {&client, change, stream, true};
    // Without its file under its name a folder is a leftover, whether or not all of it goes before
    // a crash.
    disk_.rename_durably(stream_file_path(stream), stream_file_path(stream) + ".aside", *this,
                         token);
}

void DiskStreamStore::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    const auto found = operations_.find(token);
    const StreamId removed = found->second.removed;
    if (done.ok() && found->second.setting_aside) {
        found->second.setting_aside = false;
        aside_.insert(removed);
        disk_.remove_tree(stream_folder(removed), *this, token);
        return;
    }
    const Operation operation = found->second;
    operations_.erase(found);
    if (done.ok()) {
        aside_.erase(removed);
    }
    operation.client->on_stored(operation.change,
                                done.ok() ? Result<void>() : Result<void>(done.error()));
}

}  // namespace kera
