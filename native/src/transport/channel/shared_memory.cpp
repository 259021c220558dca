#include "transport/channel/shared_memory.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>
#include <utility>

#include "base/units.hpp"

namespace kera {

namespace {

// F_SEAL_FUTURE_WRITE of <linux/fcntl.h>, which cannot be included beside <fcntl.h>.
constexpr int kSealFutureWrite = 0x0010;

Result<std::byte*> map_fd(int fd, std::uint64_t offset, std::uint64_t bytes, bool writable) {
    const int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
    void* base = ::mmap(nullptr, bytes, protection, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (base == MAP_FAILED) {
        return fail(ErrorCode::memory_exhausted, "mmap_errno", 0, errno);
    }
    return static_cast<std::byte*>(base);
}

}  // namespace

std::uint64_t shared_page_bytes(int fd) {
    struct statfs status{};
    const bool huge = ::fstatfs(fd, &status) == 0 && status.f_type == HUGETLBFS_MAGIC;
    return huge ? static_cast<std::uint64_t>(status.f_bsize) : 4096U;
}

SharedMemory::~SharedMemory() {
    if (base_ != nullptr) {
        ::munmap(base_, mapped_bytes_);
    }
}

void SharedMemory::swap(SharedMemory& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    std::swap(mapped_bytes_, other.mapped_bytes_);
}

Result<SharedMemory> SharedMemory::create(std::uint64_t bytes, ShmWriter writer) {
    FileDescriptor fd(::memfd_create("kera-shm", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd.open()) {
        return fail(ErrorCode::memory_exhausted, "memfd_errno", 0, errno);
    }
    if (::ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
        return fail(ErrorCode::memory_exhausted, "ftruncate_errno", 0, errno);
    }
    const bool writable = writer == ShmWriter::creator;
    KERA_TRY_ASSIGN(std::byte * base, map_fd(fd.get(), 0, bytes, writable));
    SharedMemory memory(std::move(fd), base, bytes, bytes);
    // After our own mapping, because this seal forbids every later writable one.
    const int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL | (writable ? kSealFutureWrite : 0);
    if (::fcntl(memory.fd(), F_ADD_SEALS, seals) != 0) {
        return fail(ErrorCode::unsupported, "memfd_seal_errno", 0, errno);
    }
    return memory;
}

Result<SharedMemory> SharedMemory::map(FileDescriptor fd, std::uint64_t offset, std::uint64_t bytes,
                                       bool writable) {
    struct stat status{};
    if (::fstat(fd.get(), &status) != 0) {
        return fail(ErrorCode::malformed, "fstat_errno", 0, errno);
    }
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (bytes == 0 || bytes > size || offset > size - bytes) {
        return fail(ErrorCode::malformed, "shared_memory_bytes", status.st_size,
                    static_cast<std::int64_t>(bytes));
    }
    const int seals = ::fcntl(fd.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
        return fail(ErrorCode::malformed, "shared_memory_seals", F_SEAL_SHRINK, seals);
    }
    const std::uint64_t mapped_bytes = align_up(bytes, shared_page_bytes(fd.get()));
    KERA_TRY_ASSIGN(std::byte * base, map_fd(fd.get(), offset, mapped_bytes, writable));
    return SharedMemory(std::move(fd), base, bytes, mapped_bytes);
}

}  // namespace kera
