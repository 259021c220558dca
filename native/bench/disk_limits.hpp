// The disk's speed without KerA: fio with writes like our journal's, and plain reads of files. The
// calling thread waits. Temporary files are in the given folder, and removed on return.
#pragma once

#include <cstdint>
#include <string>

namespace kera::bench {

// MB/s of fio: it writes a file of fixed size in blocks, with an fdatasync after every
// `blocks_per_sync`. NaN when fio is not installed.
double fio_write_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                          std::uint32_t blocks_per_sync, std::int64_t round_ns);

// GB/s of one thread that reads every file below the folder once, in large blocks.
double read_files_gb_per_s(const std::string& folder);

// The size of all files below the folder.
std::uint64_t folder_bytes(const std::string& folder);

}  // namespace kera::bench
