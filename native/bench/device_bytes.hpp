// What the device below a folder has written since the machine's start. Any thread; stateless.
#pragma once

#include <cstdint>
#include <string>

namespace kera::bench {

// Counts what others write, too, and what the page cache has passed on, not what it still holds:
// call sync_folder() before. 0: the folder is on no block device that counts.
std::uint64_t device_written_bytes(const std::string& folder);
void sync_folder(const std::string& folder);

}  // namespace kera::bench
