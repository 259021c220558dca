#include "bench/device_bytes.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include <fstream>

#include "base/file_descriptor.hpp"
#include "bench/case.hpp"

namespace kera::bench {

std::uint64_t device_written_bytes(const std::string& folder) {
    constexpr std::uint64_t kSectorBytes = 512;
    constexpr int kFieldsBefore = 6;
    struct stat status{};
    must_call(stat(folder.c_str(), &status), "stat folder");
    std::ifstream counts("/sys/dev/block/" + std::to_string(major(status.st_dev)) + ":" +
                         std::to_string(minor(status.st_dev)) + "/stat");
    std::uint64_t field = 0;
    for (int at = 0; at <= kFieldsBefore && counts; ++at) {
        counts >> field;
    }
    return counts ? field * kSectorBytes : 0;
}

void sync_folder(const std::string& folder) {
    const FileDescriptor opened(static_cast<int>(
        must_call(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open folder")));
    must_call(syncfs(opened.get()), "syncfs");
}

}  // namespace kera::bench
