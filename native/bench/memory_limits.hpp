// What one core can do with memory, without any other work. The calling thread does it.
#pragma once

#include <cstdint>
#include <span>

#include "base/bytes.hpp"

namespace kera::bench {

// GB/s of the fused copy and checksum: chunks from a source in L2, one behind the other through
// blocks of memory, again and again. An append to the same memory cannot be faster; other memory
// may have another speed. REQUIRES: a chunk fits in each block.
double copy_crc_gb_per_s(std::span<const MutableBytes> blocks, std::uint32_t chunk_bytes,
                         std::int64_t round_ns);

// GB/s of reading `region` in order and summing its words. A consumer cannot be faster.
double read_sum_gb_per_s(Bytes region, std::int64_t round_ns);

// The sum of the 64-bit words of `bytes`, as a reader of records computes it. REQUIRES: 8-byte
// aligned; a tail shorter than a word is left out.
std::uint64_t sum_words(Bytes bytes) noexcept;

// Uses a result, so that the compiler does not remove the work behind it.
void keep(std::uint64_t value) noexcept;

}  // namespace kera::bench
