// What the disk does for others: fio writing as our journal writes, and plain reads of files.
// The calling thread waits; temporary files lie in the folder given and are gone on return.
#pragma once

#include <cstdint>
#include <string>

namespace kera::bench {

// MB/s of fio writing a pre-sized file in blocks, with an fdatasync after every `blocks_per_sync`.
// NaN when fio is not installed.
double fio_write_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                          std::uint32_t blocks_per_sync, std::int64_t round_ns);

// GB/s of reading every file below the folder once, in large blocks, by one thread.
double read_files_gb_per_s(const std::string& folder);

// Bytes of the files below the folder.
std::uint64_t folder_bytes(const std::string& folder);

}  // namespace kera::bench
