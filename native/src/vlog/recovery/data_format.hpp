// Which format a data folder has. One thread, blocking, before anything else of the folder is read.
#pragma once

#include "base/result.hpp"
#include "disk/disk.hpp"

namespace kera {

inline constexpr std::int64_t kDataFormat = 2;

// unsupported, with the format that was found: segments had files of their own before this one.
Result<void> check_data_format(Disk& disk);

}  // namespace kera
