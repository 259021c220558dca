// Writes memory to an open file, at once and blocking, however many system calls that takes.
// Any thread; owns nothing. Invariant: a success means that every byte was written. A direct file
// that the file system refuses to write falls back to the page cache.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "disk/direct_io.hpp"

namespace kera {

// Spans that one system call takes.
inline constexpr std::size_t kWriteSpansMax = 1024;

// Writes `sources` one after the other. With RWF_DSYNC in `flags` what is written is synced too;
// where the system cannot do that, the flag is removed. Returns the number of bytes.
Result<std::uint64_t> write_spans(DirectIo& direct, int fd, std::uint64_t offset,
                                  std::span<const Bytes> sources, int& flags);
Result<void> write_zeros(DirectIo& direct, int fd, std::uint64_t bytes);

}  // namespace kera
