#include "bench/machine.hpp"

#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <string_view>

#include "base/crc/copy_crc.hpp"
#include "base/crc/crc32c.hpp"

namespace kera::bench {

namespace {

std::string value_after(const char* path, std::string_view name) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        if (line.compare(0, name.size(), name) == 0) {
            const auto at = line.find_first_not_of(" \t:", name.size());
            return at == std::string::npos ? "" : line.substr(at);
        }
    }
    return "unknown";
}

// The word in brackets in a sysfs file: `always [madvise] never`.
std::string chosen(const char* path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    const auto from = line.find('[');
    const auto to = line.find(']');
    return from == std::string::npos || to == std::string::npos
               ? "none"
               : line.substr(from + 1, to - from - 1);
}

}  // namespace

std::string describe_machine() {
    utsname kernel{};
    uname(&kernel);
    const auto memory_bytes = static_cast<unsigned long long>(sysconf(_SC_PHYS_PAGES)) *
                              static_cast<unsigned long long>(sysconf(_SC_PAGESIZE));
    return std::to_string(sysconf(_SC_NPROCESSORS_ONLN)) + " x " +
           value_after("/proc/cpuinfo", "model name") + " at " +
           value_after("/proc/cpuinfo", "cpu MHz") + " MHz, " +
           std::to_string(memory_bytes >> 30U) + " GiB, Linux " + kernel.release +
           ", transparent huge pages " + chosen("/sys/kernel/mm/transparent_hugepage/enabled") +
           " (shared memory: " + chosen("/sys/kernel/mm/transparent_hugepage/shmem_enabled") +
           "), copy_crc32c " + copy_crc_kernels().back().name + ", crc32c " +
           crc32c_kernels().back().name;
}

}  // namespace kera::bench
