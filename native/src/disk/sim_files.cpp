#include "disk/sim_files.hpp"

#include <cerrno>
#include <utility>
#include <vector>

#include "base/units.hpp"
#include "disk/disk_error.hpp"
#include "disk/posix_files.hpp"

namespace kera {

Result<std::shared_ptr<SimFile>> SimFiles::find(const std::string& path) const {
    std::shared_ptr<SimFile> file = media_.find(path);
    if (file == nullptr) {
        return disk_error("open_errno", ENOENT);
    }
    return file;
}

Result<void> SimFiles::reserve(std::uint64_t bytes) const {
    if (bytes > 0 && media_.used_bytes() + bytes > media_.capacity_bytes()) {
        return disk_error("write_errno", ENOSPC);
    }
    return {};
}

Result<std::shared_ptr<SimFile>> SimFiles::open(const FileSpec& spec) {
    if (spec.mode == OpenMode::create) {
        if (media_.find(spec.path) != nullptr) {
            return disk_error("open_errno", EEXIST);
        }
        KERA_TRY(reserve(spec.zeroed_bytes));
        std::shared_ptr<SimFile> file = media_.create(spec.path);
        const std::vector<std::byte> zeros(spec.zeroed_bytes);
        file->write(0, zeros);
        file->sync();
        media_.sync_names();
        return file;
    }
    if (spec.mode == OpenMode::scratch) {
        // A new file under the name, as if by O_TRUNC: a crash brings back the old one or this.
        return media_.create(spec.path);
    }
    return find(spec.path);
}

Result<std::uint64_t> SimFiles::write(SimFile& file, const DiskOperation& operation) {
    const Landing landing = landing_of(file, operation);
    std::uint64_t offset = operation.offset;
    for (const Bytes& source : operation.sources) {
        const std::uint64_t end = offset + source.size();
        // The sources before the one that does not fit stay written, as on a real disk.
        KERA_TRY(reserve(end > file.size() ? end - file.size() : 0));
        write_span(file, operation, landing, offset - operation.offset, source);
        offset = end;
    }
    if (operation.durability == Durability::durable) {
        KERA_TRY(sync(file));
    }
    return offset - operation.offset;
}

void SimFiles::write_span(SimFile& file, const DiskOperation& operation, const Landing& landing,
                          std::uint64_t done, Bytes source) {
    const std::uint64_t offset = operation.offset + done;
    if (landing.fault == WriteFault::misdirected) {
        landing.other->overwrite(landing.other_offset + done, source);
    }
    if (landing.fault != WriteFault::none) {
        operation.direct ? file.lose_direct_write(offset + source.size())
                         : file.lose_write(offset, source);
    } else if (operation.direct) {
        file.write_direct(offset, source, random_);
    } else {
        file.write(offset, source);
    }
}

SimFiles::Landing SimFiles::landing_of(const SimFile& file, const DiskOperation& operation) {
    Landing landing;
    landing.fault = faults_.in_write();
    if (landing.fault == WriteFault::misdirected) {
        landing = another_block(file, operation.offset);
    }
    faults_.counts().lost_writes += landing.fault == WriteFault::lost ? 1 : 0;
    faults_.counts().misdirected_writes += landing.fault == WriteFault::misdirected ? 1 : 0;
    return landing;
}

SimFiles::Landing SimFiles::another_block(const SimFile& file, std::uint64_t offset) {
    std::shared_ptr<SimFile> same;
    std::vector<std::shared_ptr<SimFile>> others;
    for (const std::string& path : media_.paths()) {
        std::shared_ptr<SimFile> found = media_.find(path);
        if (found.get() == &file) {
            same = std::move(found);
        } else if (found->size() > 0) {
            others.push_back(std::move(found));
        }
    }
    // Half of them hit the same file, where there are more.
    const bool hits_same = others.empty() || random_.chance(0.5);
    std::shared_ptr<SimFile> other = hits_same ? same : others[random_.below(others.size())];
    if (other == nullptr || other->size() == 0) {
        return {WriteFault::lost, nullptr, 0};
    }
    const std::uint64_t blocks = align_up(other->size(), kDirectBlockBytes) / kDirectBlockBytes;
    std::uint64_t block = random_.below(blocks);
    if (hits_same && block == offset / kDirectBlockBytes) {
        block = (block + 1) % blocks;
    }
    if (hits_same && block == offset / kDirectBlockBytes) {
        return {WriteFault::lost, nullptr, 0};
    }
    return {WriteFault::misdirected, std::move(other), block * kDirectBlockBytes};
}

Result<void> SimFiles::sync(SimFile& file) {
    const Result<void> synced = faults_.in_sync();
    if (synced.ok()) {
        file.sync();
    } else {
        file.fail_sync(random_);
    }
    return synced;
}

Result<void> SimFiles::truncate(SimFile& file, std::uint64_t bytes) {
    file.truncate(bytes);
    return sync(file);
}

Result<void> SimFiles::truncate_path(const std::string& path, std::uint64_t bytes) {
    KERA_TRY_ASSIGN(const std::shared_ptr<SimFile> file, find(path));
    return truncate(*file, bytes);
}

Result<void> SimFiles::rename_durably(const std::string& from, const std::string& to) {
    if (media_.find(from) == nullptr) {
        return disk_error("rename_errno", ENOENT);
    }
    media_.rename(from, to);
    media_.sync_names();
    return {};
}

Result<void> SimFiles::replace(const std::string& path, Bytes content) {
    KERA_TRY(reserve(content.size()));
    const std::shared_ptr<SimFile> file = media_.create(path + kAsideSuffix);
    file->write(0, content);
    KERA_TRY(sync(*file));
    media_.rename(path + kAsideSuffix, path);
    media_.sync_names();
    return {};
}

Result<MappedFile> SimFiles::map(const std::string& path) const {
    KERA_TRY_ASSIGN(const std::shared_ptr<SimFile> file, find(path));
    auto content = std::make_shared<const std::vector<std::byte>>(file->readable());
    return MappedFile(Bytes(*content), content);
}

void SimFiles::arrive_in_part(const DiskOperation& operation, SimFile* file) {
    const std::string& path = operation.spec.path;
    if (operation.action == DiskAction::write) {
        std::uint64_t offset = operation.offset;
        for (const Bytes& source : operation.sources) {
            write_span(*file, operation, {}, offset - operation.offset, source);
            offset += source.size();
        }
    } else if (operation.action == DiskAction::open && operation.spec.mode == OpenMode::create &&
               media_.find(path) == nullptr) {
        const std::vector<std::byte> zeros(random_.below(operation.spec.zeroed_bytes + 1));
        media_.create(path)->write(0, zeros);
    } else if (operation.action == DiskAction::rename && media_.find(path) != nullptr) {
        media_.rename(path, operation.path_after);
    } else if (operation.action == DiskAction::remove) {
        media_.remove(path);
    } else if (operation.action == DiskAction::replace) {
        const std::shared_ptr<SimFile> aside = media_.create(path + kAsideSuffix);
        aside->write(0, operation.content);
        if (random_.chance(0.5)) {
            aside->sync();
            media_.rename(path + kAsideSuffix, path);
        }
    }
}

}  // namespace kera
