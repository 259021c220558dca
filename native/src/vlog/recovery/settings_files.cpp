// Reads both copies and decides what they say together. See settings_files.hpp. One thread, before
// the node serves.
#include "vlog/recovery/settings_files.hpp"

#include <algorithm>
#include <charconv>

#include "disk/posix_files.hpp"
#include "vlog/files/node_file_path.hpp"

namespace kera {

namespace {

void raise(std::vector<Offset>& offsets, const std::vector<Offset>& others) {
    offsets.resize(std::max(offsets.size(), others.size()), Offset(0));
    for (std::size_t at = 0; at < others.size(); ++at) {
        offsets[at] = std::max(offsets[at], others[at]);
    }
}

StreamFile merge(const StreamFile& own, const StreamFile& copy) {
    // The folder's copy is written first, so where they differ it is the later one.
    StreamFile merged = own;
    merged.term = std::max(own.term, copy.term);
    raise(merged.starts, copy.starts);
    raise(merged.ends, copy.ends);
    return merged;
}

}  // namespace

Result<std::map<StreamId, CatalogMarks>> list_catalog(Disk& disk) {
    std::map<StreamId, CatalogMarks> all;
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk.list(std::string(kCatalogFolder)));
    for (const FolderEntry& entry : entries) {
        std::int64_t number = 0;
        const char* end = entry.name.data() + entry.name.size();
        const auto [stop, error] = std::from_chars(entry.name.data(), end, number);
        if (error != std::errc() || number < 0) {
            continue;
        }
        const std::string_view ending(stop, static_cast<std::size_t>(end - stop));
        if (ending == kCopyEnding) {
            all[StreamId(number)].copy = true;
        } else if (ending == kDeletedEnding) {
            all[StreamId(number)].deleted = true;
        } else if (ending == kLostEnding) {
            all[StreamId(number)].lost = true;
        } else if (ending == kSetAsideEnding) {
            all[StreamId(number)].set_aside = true;
        }
    }
    return all;
}

Result<void> SettingsFiles::read() {
    KERA_TRY_ASSIGN(const std::vector<FolderEntry> entries, disk_.list(stream_folder(stream_)));
    for (const FolderEntry& entry : entries) {
        own_listed_ = own_listed_ || entry.name == kStreamFileName;
        has_data_ = has_data_ || entry.is_folder ||
                    (entry.name != kStreamFileName && !entry.name.ends_with(kAsideSuffix));
    }
    if (own_listed_) {
        own_ = take(stream_file_path(stream_));
    }
    if (marks_.copy) {
        copy_ = take(catalog_path(stream_, kCopyEnding));
    }
    if (!own_listed_ && !fault_) {
        fault_ = {stream_file_path(stream_), fail(ErrorCode::corrupt, "stream_file_missing")};
    }
    return {};
}

std::optional<StreamFile> SettingsFiles::take(const std::string& path) {
    const Result<MappedFile> file = disk_.map(path);
    const Result<StreamFile> decoded =
        file.ok() ? StreamFile::decode(file->bytes()) : Result<StreamFile>(file.error());
    if (decoded.ok() && decoded->stream == stream_) {
        return *decoded;
    }
    fault_ = {path, decoded.ok() ? fail(ErrorCode::corrupt, "stream_id", stream_.value(),
                                        decoded->stream.value())
                                 : decoded.error()};
    return std::nullopt;
}

Result<StreamFile> SettingsFiles::settings() const {
    if (is_lost()) {
        return fail(ErrorCode::corrupt, "stream_folder_missing", 0, stream_.value());
    }
    if (own_ && copy_) {
        return merge(*own_, *copy_);
    }
    if (own_ || copy_) {
        return own_ ? *own_ : *copy_;
    }
    return fault_->error;
}

std::string SettingsFiles::name() const {
    const std::optional<StreamFile>& readable = own_ ? own_ : copy_;
    return readable ? readable->name : std::string();
}

Result<void> SettingsFiles::store(const StreamFile& settings) {
    if (own_ != settings || copy_ != settings) {
        KERA_TRY_ASSIGN(const std::vector<std::byte> bytes, settings.encode());
        if (own_ != settings) {
            KERA_TRY(disk_.replace_now(stream_file_path(stream_), bytes));
        }
        if (copy_ != settings) {
            KERA_TRY(disk_.replace_now(catalog_path(stream_, kCopyEnding), bytes));
        }
        own_ = settings;
        copy_ = settings;
    }
    return {};
}

Result<void> SettingsFiles::store_recovered(const StreamFile& settings) {
    KERA_TRY(store(settings));
    if (marks_.lost) {
        KERA_TRY(disk_.remove_now(catalog_path(stream_, kLostEnding)));
    }
    if (marks_.set_aside) {
        KERA_TRY(disk_.remove_now(catalog_path(stream_, kSetAsideEnding)));
    }
    return {};
}

Result<void> SettingsFiles::note_set_aside(const Error& why) {
    std::string text = describe(why) + "\n";
    if (const std::string known = name(); !known.empty()) {
        text = "name=" + known + " " + text;
    }
    return disk_.replace_now(catalog_path(stream_, kSetAsideEnding),
                             std::as_bytes(std::span(text.data(), text.size())));
}

Result<void> SettingsFiles::finish_deletion(Disk& disk, StreamId stream, bool has_chunks) {
    KERA_TRY(disk.remove_tree_now(stream_folder(stream)));
    for (const std::string_view ending : {kCopyEnding, kLostEnding, kSetAsideEnding}) {
        KERA_TRY(disk.remove_now(catalog_path(stream, ending)));
    }
    return has_chunks ? Result<void>() : disk.remove_now(catalog_path(stream, kDeletedEnding));
}

}  // namespace kera
