#include "disk/posix_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "disk/disk_error.hpp"
#include "disk/file_write.hpp"

namespace kera {

namespace {

constexpr std::size_t kReadBytes = 4096;
constexpr mode_t kFileMode = 0640;

std::shared_ptr<const void> unmapper(void* memory, std::size_t bytes) {
    return {memory, [bytes](const void* at) { ::munmap(const_cast<void*>(at), bytes); }};
}

}  // namespace

Result<int> PosixFiles::open(const FileSpec& spec) const {
    int flags = O_CLOEXEC;
    switch (spec.mode) {
        case OpenMode::read:
            flags |= O_RDONLY;
            break;
        case OpenMode::write:
            flags |= O_RDWR;
            break;
        case OpenMode::scratch:
            flags |= O_RDWR | O_CREAT | O_TRUNC;
            KERA_TRY(make_folders(folder_of(spec.path)));
            break;
        case OpenMode::create:
            flags |= O_RDWR | O_CREAT | O_EXCL;
            KERA_TRY(make_folders(folder_of(spec.path)));
            break;
    }
    const std::string path = full(spec.path);
    FileDescriptor file(spec.direct ? direct_->open(path.c_str(), flags, kFileMode)
                                    : ::open(path.c_str(), flags, kFileMode));
    if (!file.open()) {
        return disk_error("open_errno", errno);
    }
    if (spec.mode == OpenMode::create) {
        Result<void> made = write_zeros(*direct_, file.get(), spec.zeroed_bytes);
        if (made.ok()) {
            made = sync(file.get());
        }
        if (made.ok()) {
            made = folders_->sync_folder_of(spec.path);
        }
        if (!made.ok()) {
            ::unlink(path.c_str());
            return made.error();
        }
    }
    return file.release();
}

Result<std::uint64_t> PosixFiles::read(int fd, std::uint64_t offset, MutableBytes target) const {
    std::uint64_t done = 0;
    bool refused = false;
    while (done < target.size()) {
        const ssize_t got = ::pread(fd, target.data() + done, target.size() - done,
                                    static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EINVAL && !refused) {
            refused = true;
            direct_->fall_back(fd);
            continue;
        }
        if (got < 0) {
            return disk_error("read_errno", errno);
        }
        done += static_cast<std::uint64_t>(got);
        // A direct file ends where a read ends inside a block. Some file systems refuse to read
        // from there on, because the offset is not aligned.
        if (got == 0 || (!is_block_aligned(offset + done) && DirectIo::is_direct(fd))) {
            break;
        }
    }
    return done;
}

Result<std::uint64_t> PosixFiles::write(int fd, const DiskOperation& operation, bool& dirty) const {
    const bool durable = operation.durability == Durability::durable;
    // RWF_DSYNC syncs only what this call writes. It saves a call when no earlier write waits for
    // its sync.
    int flags = durable && !dirty && operation.sources.size() <= kWriteSpansMax ? RWF_DSYNC : 0;
    const Result<std::uint64_t> written =
        write_spans(*direct_, fd, operation.offset, operation.sources, flags);
    if (!written.ok()) {
        dirty = true;
        return written;
    }
    if (durable && flags == 0) {
        KERA_TRY(sync(fd));
        dirty = false;
    } else if (!durable) {
        dirty = true;
    }
    return written;
}

Result<void> PosixFiles::sync(int fd) const {
    if (::fdatasync(fd) != 0) {
        return disk_error("sync_errno", errno);
    }
    return {};
}

Result<void> PosixFiles::truncate(int fd, std::uint64_t bytes) const {
    if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
        return disk_error("truncate_errno", errno);
    }
    return sync(fd);
}

Result<void> PosixFiles::truncate_path(const std::string& path, std::uint64_t bytes) const {
    const FileDescriptor file(::open(full(path).c_str(), O_RDWR | O_CLOEXEC));
    if (!file.open()) {
        return disk_error("open_errno", errno);
    }
    return truncate(file.get(), bytes);
}

Result<void> PosixFiles::rename_durably(const std::string& from, const std::string& to) const {
    if (::rename(full(from).c_str(), full(to).c_str()) != 0) {
        return disk_error("rename_errno", errno);
    }
    if (folder_of(from) != folder_of(to)) {
        KERA_TRY(folders_->sync_folder_of(from));
    }
    return folders_->sync_folder_of(to);
}

Result<void> PosixFiles::replace(const std::string& path, Bytes content) const {
    const std::string aside = path + kAsideSuffix;
    KERA_TRY(make_folders(folder_of(path)));
    {
        const FileDescriptor file(
            ::open(full(aside).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
        if (!file.open()) {
            return disk_error("open_errno", errno);
        }
        int flags = 0;
        const Result<std::uint64_t> written =
            write_spans(*direct_, file.get(), 0, {&content, 1}, flags);
        const Result<void> synced = written.ok() ? sync(file.get()) : written.error();
        if (!synced.ok()) {
            ::unlink(full(aside).c_str());
            return synced;
        }
    }
    return rename_durably(aside, path);
}

Result<void> PosixFiles::remove(const std::string& path) const {
    if (::unlink(full(path).c_str()) != 0 && errno != ENOENT) {
        return disk_error("remove_errno", errno);
    }
    return {};
}

Result<void> PosixFiles::remove_tree(const std::string& path) const {
    std::error_code code;
    folders_->forget(path);
    const std::uintmax_t removed = std::filesystem::remove_all(full(path), code);
    if (code) {
        return disk_error("remove_errno", code.value());
    }
    return removed == 0 ? Result<void>() : folders_->sync_folder_of(path);
}

Result<MappedFile> PosixFiles::map(const std::string& path) const {
    const FileDescriptor file(::open(full(path).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.open()) {
        return disk_error("open_errno", errno);
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return disk_error("stat_errno", errno);
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    if (bytes == 0) {
        return MappedFile();
    }
    void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) {
        return disk_error("map_errno", errno);
    }
    // All pages at once: fault by fault costs more than the checksums do. It also reports what
    // cannot be read, which would otherwise be a SIGBUS at a later access.
    if (::madvise(memory, bytes, MADV_POPULATE_READ) != 0) {
        ::munmap(memory, bytes);
        return load(file.get(), bytes);
    }
    return MappedFile({static_cast<const std::byte*>(memory), bytes}, unmapper(memory, bytes));
}

Result<MappedFile> PosixFiles::load(int fd, std::size_t bytes) const {
    void* memory =
        ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        return disk_error("map_errno", errno);
    }
    const MutableBytes target(static_cast<std::byte*>(memory), bytes);
    for (std::size_t at = 0; at < bytes; at += kReadBytes) {
        // What cannot be read stays zero, so that the checksum over it fails.
        const std::size_t wanted = std::min(kReadBytes, bytes - at);
        if (!read(fd, at, target.subspan(at, wanted)).ok()) {
            zero_bytes(target.data() + at, wanted);
        }
    }
    return MappedFile(target, unmapper(memory, bytes));
}

Result<std::vector<FolderEntry>> PosixFiles::list(const std::string& folder) const {
    std::vector<FolderEntry> entries;
    std::error_code code;
    std::filesystem::directory_iterator files(full(folder), code);
    if (code == std::errc::no_such_file_or_directory) {
        return entries;
    }
    while (!code && files != std::filesystem::directory_iterator()) {
        const std::filesystem::file_type type = files->status(code).type();
        if (type == std::filesystem::file_type::not_found) {
            // A link to nothing, or a file that was removed meanwhile.
            code.clear();
        } else if (type == std::filesystem::file_type::directory ||
                   type == std::filesystem::file_type::regular) {
            FolderEntry entry;
            entry.name = files->path().filename().string();
            entry.is_folder = type == std::filesystem::file_type::directory;
            if (!entry.is_folder) {
                entry.bytes = files->file_size(code);
            }
            entries.push_back(std::move(entry));
        }
        if (!code) {
            files.increment(code);
        }
    }
    if (code) {
        return disk_error("list_errno", code.value());
    }
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
}

Result<DiskSpace> PosixFiles::space() const {
    struct statvfs status{};
    if (::statvfs(root_.c_str(), &status) != 0) {
        return disk_error("stat_errno", errno);
    }
    DiskSpace space;
    space.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
    space.total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize;
    return space;
}

}  // namespace kera
