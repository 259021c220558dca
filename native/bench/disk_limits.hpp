// The disk's speed without KerA: fio with writes like our journal's, plain writes and reads. The
// calling thread waits. Temporary files are in the given folder, and removed on return.
#pragma once

#include <cstdint>
#include <string>

namespace kera::bench {

// MB/s of fio, which writes blocks of one size to a file. NaN when fio is not installed.
// One thread writes `blocks_per_sync` blocks, and then waits for an fdatasync, in turn.
double fio_write_and_sync_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                                   std::uint32_t blocks_per_sync, std::int64_t round_ns);
// `blocks_in_flight` blocks are under way at any time, past the page cache, each of them durable
// when it completes. The file's blocks have been written before, so no write changes metadata.
double fio_write_durably_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                                  std::uint32_t blocks_in_flight, std::int64_t round_ns);

// So many bytes into a new file, 1 MiB at a time, 8 of them under way, past the page cache; until
// they are on the device.
double fio_write_sequentially_mb_per_s(const std::string& folder, std::uint64_t bytes);

// GB/s of one thread that writes a source in L2 into the files that a journal in this folder has
// left behind, one after the other, again and again: the pages that the journal had. Nobody reads
// them while the journal's node runs. NaN when there are none.
double write_left_journals_gb_per_s(const std::string& folder, std::int64_t round_ns);

// GB/s of reading every file below the folder once: one thread for each core, which sums what it
// maps.
double read_files_gb_per_s(const std::string& folder);

// The size of all files below the folder.
std::uint64_t folder_bytes(const std::string& folder);

}  // namespace kera::bench
