#include "bench/disk_limits.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <vector>

#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

namespace {

struct PipeCloser {
    void operator()(std::FILE* pipe) const { pclose(pipe); }
};

// The standard output of a command; empty when it could not run.
std::string output_of(const std::string& command) {
    const std::unique_ptr<std::FILE, PipeCloser> pipe(popen(command.c_str(), "r"));
    std::string text;
    std::array<char, 4096> block{};
    std::size_t got = 0;
    while (pipe && (got = std::fread(block.data(), 1, block.size(), pipe.get())) > 0) {
        text.append(block.data(), got);
    }
    return text;
}

// A field of fio's terse output, whose fields are separated by semicolons.
std::string terse_field(const std::string& line, int field) {
    std::size_t from = 0;
    for (; field > 0 && from != std::string::npos; --field) {
        from = line.find(';', from);
        from = from == std::string::npos ? from : from + 1;
    }
    return from == std::string::npos ? "" : line.substr(from, line.find(';', from) - from);
}

constexpr int kTerseWriteKibPerS = 47;

}  // namespace

double fio_write_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                          std::uint32_t blocks_per_sync, std::int64_t round_ns) {
    const std::string file = folder + "/fio.limit";
    const std::int64_t seconds = std::max<std::int64_t>(1, round_ns / kNanosPerSecond);
    const std::string command =
        "fio --name=limit --minimal --terse-version=3 --filename='" + file +
        "' --rw=write --ioengine=psync --bs=" + std::to_string(block_bytes) +
        " --fdatasync=" + std::to_string(blocks_per_sync) +
        " --size=256m --fallocate=posix --overwrite=0 --time_based --runtime=" +
        std::to_string(seconds) + " 2>/dev/null";
    const std::string terse = output_of(command);
    std::filesystem::remove(file);
    const std::string kib_per_s = terse_field(terse, kTerseWriteKibPerS);
    return kib_per_s.empty() ? kNotMeasured : std::atof(kib_per_s.c_str()) * 1024 / 1e6;
}

double read_files_gb_per_s(const std::string& folder) {
    std::vector<char> block(1_MiB);
    std::uint64_t bytes = 0;
    const std::int64_t from_ns = now_ns();
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const auto fd =
            static_cast<int>(must_call(open(entry.path().c_str(), O_RDONLY | O_CLOEXEC), "open"));
        ssize_t got = 0;
        while ((got = read(fd, block.data(), block.size())) > 0) {
            bytes += static_cast<std::uint64_t>(got);
        }
        close(fd);
    }
    return static_cast<double>(bytes) / static_cast<double>(now_ns() - from_ns);
}

std::uint64_t folder_bytes(const std::string& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
}

}  // namespace kera::bench
