#include "disk/file_write.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "disk/disk_error.hpp"

namespace kera {

namespace {

constexpr std::size_t kZeroBytes = 1U << 20U;

using IoVectors = std::array<iovec, kWriteSpansMax>;  // IOV_MAX on Linux

// The next spans of `sources` that one system call takes.
std::size_t fill_vectors(std::span<const Bytes> sources, IoVectors& vectors) {
    const std::size_t count = std::min(sources.size(), vectors.size());
    for (std::size_t i = 0; i < count; ++i) {
        // The kernel only reads: writev's structure is shared with readv's.
        vectors[i].iov_base = const_cast<std::byte*>(sources[i].data());
        vectors[i].iov_len = sources[i].size();
    }
    return count;
}

// Moves past `written` bytes, which may end inside a span.
std::size_t skip_written(std::span<iovec> vectors, std::size_t written) {
    std::size_t done = 0;
    while (done < vectors.size() && written >= vectors[done].iov_len) {
        written -= vectors[done].iov_len;
        ++done;
    }
    if (done < vectors.size()) {
        vectors[done].iov_base = static_cast<std::byte*>(vectors[done].iov_base) + written;
        vectors[done].iov_len -= written;
    }
    return done;
}

// Writes all of `vectors`; returns 0 or errno. `offset` moves on by what was written.
int write_vectors(DirectIo& direct, int fd, std::span<iovec> vectors, std::uint64_t& offset,
                  int flags) {
    bool refused = false;
    while (!vectors.empty()) {
        const ssize_t written = ::pwritev2(fd, vectors.data(), static_cast<int>(vectors.size()),
                                           static_cast<off_t>(offset), flags);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            if (errno == EINVAL && !refused) {
                refused = true;
                direct.fall_back(fd);
                continue;
            }
            return errno;
        }
        offset += static_cast<std::uint64_t>(written);
        vectors = vectors.subspan(skip_written(vectors, static_cast<std::size_t>(written)));
    }
    return 0;
}

}  // namespace

Result<std::uint64_t> write_spans(DirectIo& direct, int fd, std::uint64_t offset,
                                  std::span<const Bytes> sources, int& flags) {
    const std::uint64_t first = offset;
    IoVectors vectors;
    while (!sources.empty()) {
        const std::size_t count = fill_vectors(sources, vectors);
        const int code = write_vectors(direct, fd, {vectors.data(), count}, offset, flags);
        if (code == EOPNOTSUPP && (flags & RWF_DSYNC) != 0) {
            flags &= ~RWF_DSYNC;
            continue;
        }
        if (code != 0) {
            return disk_error("write_errno", code);
        }
        sources = sources.subspan(count);
    }
    return offset - first;
}

Result<void> write_zeros(DirectIo& direct, int fd, std::uint64_t bytes) {
    const DirectBuffer zeros(std::min<std::uint64_t>(bytes, kZeroBytes));
    std::uint64_t offset = 0;
    while (offset < bytes) {
        const Bytes next =
            zeros.bytes().first(std::min<std::uint64_t>(zeros.size(), bytes - offset));
        int flags = 0;
        KERA_TRY_ASSIGN(const std::uint64_t written,
                        write_spans(direct, fd, offset, {&next, 1}, flags));
        offset += written;
    }
    return {};
}

}  // namespace kera
