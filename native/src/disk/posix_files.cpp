#include "disk/posix_files.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <filesystem>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

namespace kera {

namespace {

constexpr std::size_t kVectorMax = 1024;  // IOV_MAX on Linux
constexpr std::size_t kZeroBytes = 1U << 20U;
constexpr std::size_t kReadBytes = 4096;
constexpr mode_t kFileMode = 0640;

// ENOSPC is the one fault that mends itself; every other is a disk that cannot be trusted.
Error failed(const char* what, int code) {
    const bool full = code == ENOSPC || code == EDQUOT;
    return fail(full ? ErrorCode::disk_full : ErrorCode::disk_failed, what, 0, code);
}

class Descriptor {
  public:
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) {
            ::close(fd_);
        }
    }
    int get() const noexcept { return fd_; }
    int release() noexcept { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

using IoVector = std::array<iovec, kVectorMax>;

// The next spans of `sources` that one system call takes.
std::size_t fill_vector(std::span<const Bytes> sources, IoVector& vector) {
    const std::size_t count = std::min(sources.size(), vector.size());
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel only reads: writev's structure is shared with readv's.
        vector[i].iov_base = const_cast<std::byte*>(sources[i].data());
        vector[i].iov_len = sources[i].size();
    }
    return count;
}

// Moves past `written` bytes, which may end inside a span.
std::size_t skip_written(std::span<iovec> vector, std::size_t written) {
    std::size_t done = 0;
    while (done < vector.size() && written >= vector[done].iov_len) {
        written -= vector[done].iov_len;
        ++done;
    }
    if (done < vector.size()) {
        vector[done].iov_base = static_cast<std::byte*>(vector[done].iov_base) + written;
        vector[done].iov_len -= written;
    }
    return done;
}

// Writes all of `vector`; returns 0 or errno. `offset` moves on by what was written.
int write_vector(int fd, std::span<iovec> vector, std::uint64_t& offset, int flags) {
    while (!vector.empty()) {
        const ssize_t written = ::pwritev2(fd, vector.data(), static_cast<int>(vector.size()),
                                           static_cast<off_t>(offset), flags);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return errno;
        }
        offset += static_cast<std::uint64_t>(written);
        vector = vector.subspan(skip_written(vector, static_cast<std::size_t>(written)));
    }
    return 0;
}

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
    Descriptor file(::open(full(spec.path).c_str(), flags, kFileMode));
    if (file.get() < 0) {
        return failed("open_errno", errno);
    }
    if (spec.mode == OpenMode::create) {
        Result<void> made = write_zeros(file.get(), spec.zeroed_bytes);
        if (made.ok()) {
            made = sync(file.get());
        }
        if (made.ok()) {
            made = folders_->sync_folder_of(spec.path);
        }
        if (!made.ok()) {
            ::unlink(full(spec.path).c_str());
            return made.error();
        }
    }
    return file.release();
}

Result<std::uint64_t> PosixFiles::read(int fd, std::uint64_t offset, MutableBytes target) const {
    std::uint64_t done = 0;
    while (done < target.size()) {
        const ssize_t got = ::pread(fd, target.data() + done, target.size() - done,
                                    static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed("read_errno", errno);
        }
        if (got == 0) {
            break;
        }
        done += static_cast<std::uint64_t>(got);
    }
    return done;
}

Result<std::uint64_t> PosixFiles::write(int fd, const DiskOperation& operation, bool& dirty) const {
    const bool durable = operation.durability == Durability::durable;
    std::span<const Bytes> left = operation.sources;
    // RWF_DSYNC syncs only what this call writes: one call fewer, when nothing earlier is waiting
    // for its sync.
    int flags = durable && !dirty && left.size() <= kVectorMax ? RWF_DSYNC : 0;
    std::uint64_t offset = operation.offset;
    IoVector vector;
    while (!left.empty()) {
        const std::size_t count = fill_vector(left, vector);
        int code = write_vector(fd, {vector.data(), count}, offset, flags);
        if (code == EOPNOTSUPP && flags != 0) {
            flags = 0;
            continue;
        }
        if (code != 0) {
            dirty = true;
            return failed("write_errno", code);
        }
        left = left.subspan(count);
    }
    if (durable && flags == 0) {
        KERA_TRY(sync(fd));
        dirty = false;
    } else if (!durable) {
        dirty = true;
    }
    return offset - operation.offset;
}

Result<void> PosixFiles::sync(int fd) const {
    if (::fdatasync(fd) != 0) {
        return failed("sync_errno", errno);
    }
    return {};
}

Result<void> PosixFiles::truncate(int fd, std::uint64_t bytes) const {
    if (::ftruncate(fd, static_cast<off_t>(bytes)) != 0) {
        return failed("truncate_errno", errno);
    }
    return sync(fd);
}

Result<void> PosixFiles::truncate_path(const std::string& path, std::uint64_t bytes) const {
    const Descriptor file(::open(full(path).c_str(), O_RDWR | O_CLOEXEC));
    if (file.get() < 0) {
        return failed("open_errno", errno);
    }
    return truncate(file.get(), bytes);
}

Result<void> PosixFiles::rename_durably(const std::string& from, const std::string& to) const {
    if (::rename(full(from).c_str(), full(to).c_str()) != 0) {
        return failed("rename_errno", errno);
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
        const Descriptor file(
            ::open(full(aside).c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, kFileMode));
        if (file.get() < 0) {
            return failed("open_errno", errno);
        }
        Result<void> written = write_all(file.get(), content);
        if (written.ok()) {
            written = sync(file.get());
        }
        if (!written.ok()) {
            ::unlink(full(aside).c_str());
            return written;
        }
    }
    return rename_durably(aside, path);
}

Result<void> PosixFiles::write_all(int fd, Bytes content) const {
    iovec vector{const_cast<std::byte*>(content.data()), content.size()};
    std::uint64_t offset = 0;
    const int code = write_vector(fd, {&vector, 1}, offset, 0);
    if (code != 0) {
        return failed("write_errno", code);
    }
    return {};
}

Result<void> PosixFiles::write_zeros(int fd, std::uint64_t bytes) const {
    const std::vector<std::byte> zeros(std::min<std::uint64_t>(bytes, kZeroBytes));
    std::uint64_t offset = 0;
    while (offset < bytes) {
        iovec vector{const_cast<std::byte*>(zeros.data()),
                     std::min<std::size_t>(zeros.size(), bytes - offset)};
        const int code = write_vector(fd, {&vector, 1}, offset, 0);
        if (code != 0) {
            return failed("write_errno", code);
        }
    }
    return {};
}

Result<void> PosixFiles::remove(const std::string& path) const {
    if (::unlink(full(path).c_str()) != 0 && errno != ENOENT) {
        return failed("remove_errno", errno);
    }
    return {};
}

Result<void> PosixFiles::remove_tree(const std::string& path) const {
    std::error_code code;
    folders_->forget(path);
    const std::uintmax_t removed = std::filesystem::remove_all(full(path), code);
    if (code) {
        return failed("remove_errno", code.value());
    }
    return removed == 0 ? Result<void>() : folders_->sync_folder_of(path);
}

Result<MappedFile> PosixFiles::map(const std::string& path) const {
    const Descriptor file(::open(full(path).c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return failed("open_errno", errno);
    }
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) {
        return failed("stat_errno", errno);
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    if (bytes == 0) {
        return MappedFile();
    }
    void* memory = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, file.get(), 0);
    if (memory == MAP_FAILED) {
        return failed("map_errno", errno);
    }
    // Populated at once: page by page, the faults would cost more than the checksums do. It also
    // tells what cannot be read, which would otherwise be a SIGBUS at some later touch.
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
        return failed("map_errno", errno);
    }
    const MutableBytes target(static_cast<std::byte*>(memory), bytes);
    for (std::size_t at = 0; at < bytes; at += kReadBytes) {
        // What cannot be read stays zero, and fails whatever checksum covers it.
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
            // A link that leads nowhere, or gone since.
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
        return failed("list_errno", code.value());
    }
    std::ranges::sort(entries, {}, &FolderEntry::name);
    return entries;
}

Result<DiskSpace> PosixFiles::space() const {
    struct statvfs status{};
    if (::statvfs(root_.c_str(), &status) != 0) {
        return failed("stat_errno", errno);
    }
    DiskSpace space;
    space.free_bytes = std::uint64_t{status.f_bavail} * status.f_frsize;
    space.total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize;
    return space;
}

}  // namespace kera
