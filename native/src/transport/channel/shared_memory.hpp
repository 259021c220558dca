// A memfd and its mapping: our own, or another process's. Thread: one at a time. Move-only; owns
// the mapping and the descriptor. Invariants: memory that was created here can neither shrink nor
// grow, so no peer can make an access fault; memory that is mapped read-only cannot be written
// here.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

enum class ShmWriter : std::uint8_t {
    creator,  // mapped writable here; nobody else can ever map it so
    peer,     // mapped read-only here
};

class SharedMemory {
  public:
    SharedMemory() = default;
    SharedMemory(SharedMemory&& other) noexcept { swap(other); }
    SharedMemory& operator=(SharedMemory&& other) noexcept {
        SharedMemory fresh(std::move(other));
        swap(fresh);
        return *this;
    }
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    // New memory full of zeros, without a name. `bytes` is a multiple of the page size.
    static Result<SharedMemory> create(std::uint64_t bytes, ShmWriter writer);

    // Maps another process's memory. malformed: it is smaller than announced, or may shrink.
    static Result<SharedMemory> map(FileDescriptor fd, std::uint64_t offset, std::uint64_t bytes,
                                    bool writable);

    bool mapped() const { return base_ != nullptr; }
    std::byte* base() const { return base_; }
    std::uint64_t bytes() const { return bytes_; }
    int fd() const { return fd_.get(); }
    // The mapping stays.
    void close_fd() { fd_.reset(); }

  private:
    SharedMemory(FileDescriptor fd, std::byte* base, std::uint64_t bytes,
                 std::uint64_t mapped_bytes)
        : fd_(std::move(fd)), base_(base), bytes_(bytes), mapped_bytes_(mapped_bytes) {}
    void swap(SharedMemory& other) noexcept;

    FileDescriptor fd_;
    std::byte* base_ = nullptr;
    std::uint64_t bytes_ = 0;
    std::uint64_t mapped_bytes_ = 0;  // whole pages
};

// The size of a memfd's pages: 4 KiB, or that of huge pages.
std::uint64_t shared_page_bytes(int fd);

}  // namespace kera
