#include "disk/sim_media.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

std::uint64_t end_of_sector(std::uint64_t at) {
    return align_down(at, kSimSectorBytes) + kSimSectorBytes;
}

}  // namespace

void SimFile::write(std::uint64_t offset, Bytes source) {
    const std::uint64_t end = offset + source.size();
    if (end > now_.size()) {
        now_.resize(end);
    }
    copy_bytes(now_.data() + offset, source.data(), source.size());
    unsynced_.push_back({offset, source.size()});
    heal(offset, end);
}

void SimFile::write_direct(std::uint64_t offset, Bytes source, Random& random) {
    const std::uint64_t end = offset + source.size();
    for (const Extent& extent : unsynced_) {
        const std::uint64_t last = std::min(end, extent.offset + extent.bytes);
        for (std::uint64_t at = std::max(offset, extent.offset); at < last;) {
            const std::uint64_t next = std::min(last, end_of_sector(at));
            if (random.chance(0.5)) {
                keep({at, next - at});
            }
            at = next;
        }
    }
    write(offset, source);
}

void SimFile::lose_write(std::uint64_t offset, Bytes source) {
    // Else the sync of an earlier write to this place would make this one stable.
    keep_now(offset, offset + source.size());
    write(offset, source);
    unsynced_.pop_back();
}

void SimFile::lose_direct_write(std::uint64_t end) {
    now_.resize(std::max<std::uint64_t>(now_.size(), end));
}

void SimFile::overwrite(std::uint64_t offset, Bytes source) {
    for (std::vector<std::byte>* bytes : {&now_, &stable_}) {
        if (offset < bytes->size()) {
            copy_bytes(bytes->data() + offset, source.data(),
                       std::min<std::uint64_t>(source.size(), bytes->size() - offset));
        }
    }
}

void SimFile::heal(std::uint64_t offset, std::uint64_t end) {
    std::vector<Extent> left;
    for (const Extent& bad : spoiled_) {
        const std::uint64_t bad_end = bad.offset + bad.bytes;
        if (bad.offset < offset) {
            left.push_back({bad.offset, std::min(bad_end, offset) - bad.offset});
        }
        if (bad_end > end) {
            const std::uint64_t from = std::max(bad.offset, end);
            left.push_back({from, bad_end - from});
        }
    }
    spoiled_ = std::move(left);
}

Result<std::uint64_t> SimFile::read(std::uint64_t offset, MutableBytes target) const {
    const std::uint64_t end = std::min<std::uint64_t>(now_.size(), offset + target.size());
    if (offset >= end) {
        return std::uint64_t{0};
    }
    for (const Extent& bad : spoiled_) {
        if (bad.offset < end && offset < bad.offset + bad.bytes) {
            return fail(ErrorCode::disk_failed, "read_errno", 0, EIO);
        }
    }
    copy_bytes(target.data(), now_.data() + offset, end - offset);
    return end - offset;
}

std::vector<std::byte> SimFile::readable() const {
    std::vector<std::byte> content = now_;
    for (const Extent& bad : spoiled_) {
        const std::uint64_t end = std::min<std::uint64_t>(content.size(), bad.offset + bad.bytes);
        if (bad.offset < end) {
            zero_bytes(content.data() + bad.offset, end - bad.offset);
        }
    }
    return content;
}

void SimFile::truncate(std::uint64_t bytes) {
    now_.resize(bytes);
    stable_.resize(std::min<std::uint64_t>(stable_.size(), bytes));
    for (Extent& extent : unsynced_) {
        extent.bytes = extent.offset >= bytes ? 0 : std::min(extent.bytes, bytes - extent.offset);
    }
}

void SimFile::sync() {
    for (const Extent& extent : unsynced_) {
        keep(extent);
    }
    stable_.resize(now_.size());
    unsynced_.clear();
}

void SimFile::fail_sync(Random& random) {
    keep_some(random);
    unsynced_.clear();
}

void SimFile::crash(Random& random) {
    keep_some(random);
    unsynced_.clear();
    now_ = stable_;
}

void SimFile::keep_some(Random& random) {
    // All, nothing, or a coin for each sector: real files lose bytes in each of these ways.
    const std::uint64_t way = random.below(4);
    for (const Extent& extent : unsynced_) {
        const std::uint64_t end = extent.offset + extent.bytes;
        for (std::uint64_t at = extent.offset; at < end;) {
            const std::uint64_t next = std::min(end, end_of_sector(at));
            if (way == 0 || (way > 1 && random.chance(0.5))) {
                keep({at, next - at});
            }
            at = next;
        }
    }
}

void SimFile::keep(const Extent& extent) {
    if (extent.bytes == 0) {
        return;
    }
    const std::uint64_t end = extent.offset + extent.bytes;
    if (end > stable_.size()) {
        stable_.resize(end);
    }
    copy_bytes(stable_.data() + extent.offset, now_.data() + extent.offset, extent.bytes);
}

void SimFile::keep_now(std::uint64_t offset, std::uint64_t end) {
    std::vector<Extent> others;
    for (const Extent& extent : unsynced_) {
        const std::uint64_t extent_end = extent.offset + extent.bytes;
        const std::uint64_t first = std::max(offset, extent.offset);
        const std::uint64_t last = std::min(end, extent_end);
        if (first >= last) {
            others.push_back(extent);
            continue;
        }
        keep({first, last - first});
        others.push_back({extent.offset, first - extent.offset});
        others.push_back({last, extent_end - last});
    }
    unsynced_ = std::move(others);
}

void SimFile::flip_bit(std::uint64_t bit) {
    KERA_ASSERT(bit / 8 < now_.size(), bit, now_.size());
    const auto mask = static_cast<std::byte>(1U << (bit % 8));
    now_[bit / 8] ^= mask;
    if (bit / 8 < stable_.size()) {
        stable_[bit / 8] ^= mask;
    }
}

void SimFile::spoil(std::uint64_t offset, std::uint64_t bytes) {
    spoiled_.push_back({offset, bytes});
}

std::shared_ptr<SimFile> SimMedia::find(const std::string& path) const {
    const auto found = now_.find(path);
    return found == now_.end() ? nullptr : found->second;
}

std::shared_ptr<SimFile> SimMedia::create(const std::string& path) {
    auto file = std::make_shared<SimFile>();
    change({{}, path, file});
    return file;
}

void SimMedia::rename(const std::string& from, const std::string& to) {
    std::shared_ptr<SimFile> file = find(from);
    KERA_ASSERT(file != nullptr);
    change({from, to, std::move(file)});
}

void SimMedia::remove(const std::string& path) {
    change({path, {}, nullptr});
}

void SimMedia::remove_tree(const std::string& folder) {
    for (const std::string& path : paths()) {
        if (path.starts_with(folder + "/")) {
            remove(path);
        }
    }
    sync_names();
}

void SimMedia::sync_names() {
    stable_ = now_;
    unsynced_.clear();
}

void SimMedia::change(NameChange change) {
    apply(change, now_);
    unsynced_.push_back(std::move(change));
}

void SimMedia::apply(const NameChange& change, Names& names) {
    names.erase(change.from);
    if (!change.to.empty()) {
        names[change.to] = change.file;
    }
}

std::vector<FolderEntry> SimMedia::list(const std::string& folder) const {
    std::map<std::string, FolderEntry> entries;
    const std::string prefix = folder.empty() ? folder : folder + "/";
    for (const auto& [path, file] : now_) {
        if (!path.starts_with(prefix)) {
            continue;
        }
        const std::size_t slash = path.find('/', prefix.size());
        const bool is_folder = slash != std::string::npos;
        const std::string name =
            path.substr(prefix.size(), is_folder ? slash - prefix.size() : std::string::npos);
        entries[name] = {name, is_folder, is_folder ? 0 : file->size()};
    }
    std::vector<FolderEntry> sorted;
    sorted.reserve(entries.size());
    for (auto& [name, entry] : entries) {
        sorted.push_back(std::move(entry));
    }
    return sorted;
}

std::vector<std::string> SimMedia::paths() const {
    std::vector<std::string> all;
    for (const auto& [path, file] : now_) {
        all.push_back(path);
    }
    return all;
}

std::uint64_t SimMedia::used_bytes() const {
    std::uint64_t used = 0;
    for (const auto& [path, file] : now_) {
        used += file->size();
    }
    return used;
}

void SimMedia::crash(Random& random) {
    const std::size_t kept = static_cast<std::size_t>(random.below(unsynced_.size() + 1));
    for (std::size_t i = 0; i < kept; ++i) {
        apply(unsynced_[i], stable_);
    }
    unsynced_.clear();
    now_ = stable_;
    for (auto& [path, file] : now_) {
        file->crash(random);
    }
}

}  // namespace kera
