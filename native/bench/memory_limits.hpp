// What one core can do to memory with nothing around it. The calling thread does the work.
#pragma once

#include <cstdint>

#include "base/bytes.hpp"

namespace kera::bench {

// GB/s of the fused copy and checksum: chunks from a source in L2, one behind the other through
// `region`, again and again. The best that an append can do.
double copy_crc_gb_per_s(MutableBytes region, std::uint32_t chunk_bytes, std::int64_t round_ns);

// GB/s of reading `region` in order and summing its words. The best that a consumer can do.
double read_sum_gb_per_s(Bytes region, std::int64_t round_ns);

// The sum of the 64-bit words of `bytes`, which a reader of records computes too.
// REQUIRES: 8-byte aligned; a tail shorter than a word is left out.
std::uint64_t sum_words(Bytes bytes) noexcept;

// Keeps a result alive, so that the work behind it is not optimised away.
void keep(std::uint64_t value) noexcept;

}  // namespace kera::bench
