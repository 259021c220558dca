// Saves and removes the files of streams, step by step. Belongs to the first reactor's thread.
#include "broker/catalog/disk_stream_store.hpp"

#include <algorithm>

#include "vlog/files/node_file_path.hpp"
#include "wire/file/node_files.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

namespace {

// Terms of a streamlet, where they differ from what the stream's term says. Of a stream with very
// many streamlets fewer are kept, so that all fit.
void add_terms(StreamFile& file, const Stream& stream) {
    const std::size_t terms_max =
        std::clamp<std::size_t>(kGroupEntriesMax / stream.streamlets.size(), 1, UINT8_MAX);
    for (const SharedStreamlet& shared : stream.streamlets) {
        const StreamletId id = shared.streamlet->id();
        const Term now = shared.streamlet->term();
        std::vector<TermStart> terms;
        for (const TermStarts::One& one : shared.terms.all()) {
            terms.push_back({id, one.term, one.start});
        }
        if (terms.empty() || terms.back().term < now) {
            terms.push_back({id, now, TermStart::kElsewhere});
        }
        if (terms.size() == 1 && terms.front() == TermStart{id, file.term, Offset(0)}) {
            continue;
        }
        const std::size_t left_out = terms.size() - std::min(terms.size(), terms_max);
        file.terms.insert(file.terms.end(), terms.begin() + static_cast<std::ptrdiff_t>(left_out),
                          terms.end());
    }
}

}  // namespace

void DiskStreamStore::save(Stream& stream, const StreamSettings& settings,
                           StreamStoreClient& client, std::int64_t change) {
    StreamFile file;
    file.stream = stream.id;
    file.term = stream.streamlets.front().streamlet->term();
    file.restarts = restarts_;
    file.settings = settings;
    add_terms(file, stream);
    file.name = stream.name;
    for (const SharedStreamlet& shared : stream.streamlets) {
        file.starts.push_back(shared.streamlet->start_offset());
        file.ends.push_back(shared.given_end);
    }
    if (std::ranges::all_of(file.ends, [](Offset end) { return end == Offset(0); })) {
        file.ends.clear();
    }
    Result<std::vector<std::byte>> content = file.encode();
    if (!content.ok()) {
        client.on_stored(change, content.error());
        return;
    }
    begin({&client, change, stream.id, 0, &stream, std::move(content).value(),
           std::move(file.starts), Removal::undone});
}

void DiskStreamStore::mark_deleted(StreamId stream, StreamStoreClient& client,
                                   std::int64_t change) {
    begin({&client, change, stream, 0, nullptr, {}, {}, Removal::deleted, true});
}

void DiskStreamStore::remove(StreamId stream, Removal why, StreamStoreClient& client,
                             std::int64_t change) {
    begin({&client, change, stream, 0, nullptr, {}, {}, why});
}

void DiskStreamStore::begin(Operation&& operation) {
    const DiskToken token = next_token_++;
    begin_step(token, operations_.emplace(token, std::move(operation)).first->second);
}

bool DiskStreamStore::begin_step(DiskToken token, Operation& operation) {
    return operation.saved != nullptr ? begin_saving(token, operation)
                                      : begin_removing(token, operation);
}

// The folder comes first: the copy in the catalog says that the folder exists.
bool DiskStreamStore::begin_saving(DiskToken token, Operation& operation) {
    switch (operation.begun++) {
        case 0:
            disk_.replace(stream_file_path(operation.stream), operation.content, *this, token);
            return true;
        case 1:
            disk_.replace(catalog_path(operation.stream, kCopyEnding), std::move(operation.content),
                          *this, token);
            return true;
        default:
            return false;
    }
}

// The mark comes first, also when it is there already. While it is there, everything else is a
// leftover that the next start removes. It stays when log files may have chunks of the stream
// still.
bool DiskStreamStore::begin_removing(DiskToken token, Operation& operation) {
    const StreamId stream = operation.stream;
    switch (operation.begun++) {
        case 0:
            disk_.replace(catalog_path(stream, kDeletedEnding), {}, *this, token);
            return true;
        case 1:
            if (operation.only_marks) {
                return false;
            }
            disk_.remove_tree(stream_folder(stream), *this, token);
            return true;
        case 2:
            disk_.remove(catalog_path(stream, kCopyEnding), *this, token);
            return true;
        case 3:
            disk_.remove(catalog_path(stream, kLostEnding), *this, token);
            return true;
        case 4:
            disk_.remove(catalog_path(stream, kSetAsideEnding), *this, token);
            return true;
        case 5:
            if (operation.removal == Removal::deleted) {
                return false;
            }
            disk_.remove(catalog_path(stream, kDeletedEnding), *this, token);
            return true;
        default:
            return false;
    }
}

void DiskStreamStore::on_disk_done(DiskToken token, Result<std::uint64_t> done) {
    Operation& underway = operations_.at(token);
    if (done.ok() && begin_step(token, underway)) {
        return;
    }
    const Operation operation = std::move(underway);
    operations_.erase(token);
    if (done.ok() && operation.saved != nullptr) {
        for (std::size_t at = 0; at < operation.starts.size(); ++at) {
            std::atomic<std::int64_t>& kept = operation.saved->streamlets[at].kept_start;
            kept.store(std::max(kept.load(std::memory_order_relaxed), operation.starts[at].value()),
                       std::memory_order_release);
        }
    }
    operation.client->on_stored(operation.change,
                                done.ok() ? Result<void>() : Result<void>(done.error()));
}

}  // namespace kera
