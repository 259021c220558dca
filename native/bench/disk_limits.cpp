#include "bench/disk_limits.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <thread>
#include <vector>

#include "base/file_descriptor.hpp"
#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/memory_limits.hpp"
#include "bench/processor_time.hpp"
#include "vlog/journal/journal_path.hpp"

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

double fio_writes_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                           const std::string& more) {
    const std::string file = folder + "/fio.limit";
    const std::string command = "fio --name=limit --minimal --terse-version=3 --filename='" + file +
                                "' --rw=write --bs=" + std::to_string(block_bytes) + " " + more +
                                " 2>/dev/null";
    const std::string terse = output_of(command);
    std::filesystem::remove(file);
    const std::string kib_per_s = terse_field(terse, kTerseWriteKibPerS);
    return kib_per_s.empty() ? kNotMeasured : std::atof(kib_per_s.c_str()) * 1024 / 1e6;
}

double fio_mb_per_s(const std::string& folder, std::uint32_t block_bytes, std::int64_t round_ns,
                    const std::string& more) {
    const std::int64_t seconds = std::max<std::int64_t>(1, round_ns / kNanosPerSecond);
    return fio_writes_mb_per_s(
        folder, block_bytes,
        "--size=256m --time_based --runtime=" + std::to_string(seconds) + " " + more);
}

constexpr std::uint64_t kWriteBytes = 256_KiB;
constexpr std::uint64_t kWritesBetweenClockReads = 16;

struct JournalFile {
    FileDescriptor file;
    std::uint64_t bytes = 0;
};

// The two with the highest numbers are in use.
std::vector<JournalFile> left_journals(const std::string& folder) {
    constexpr std::size_t kFilesInUse = 2;
    std::map<std::int64_t, std::filesystem::path> by_number;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (const auto number = parse_journal_file_name(entry.path().filename().string())) {
            by_number.emplace(*number, entry.path());
        }
    }
    std::vector<JournalFile> files;
    for (const auto& [number, path] : by_number) {
        if (files.size() + kFilesInUse >= by_number.size()) {
            break;
        }
        const int fd =
            static_cast<int>(must_call(open(path.c_str(), O_WRONLY | O_CLOEXEC), "open journal"));
        files.push_back({FileDescriptor(fd), std::filesystem::file_size(path)});
    }
    return files;
}

// Returns its size.
std::uint64_t sum_file(const std::filesystem::path& path) {
    const FileDescriptor file(
        static_cast<int>(must_call(open(path.c_str(), O_RDONLY | O_CLOEXEC), "open")));
    const std::uint64_t bytes = std::filesystem::file_size(path);
    void* const at = mmap(nullptr, bytes, PROT_READ, MAP_SHARED | MAP_POPULATE, file.get(), 0);
    if (at == MAP_FAILED) {
        must_call(-1, "mmap");
    }
    keep(sum_words({static_cast<const std::byte*>(at), bytes}));
    munmap(at, bytes);
    return bytes;
}

}  // namespace

double fio_write_and_sync_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                                   std::uint32_t blocks_per_sync, std::int64_t round_ns) {
    return fio_mb_per_s(folder, block_bytes, round_ns,
                        "--ioengine=psync --fallocate=posix --overwrite=0 --fdatasync=" +
                            std::to_string(blocks_per_sync));
}

double fio_write_durably_mb_per_s(const std::string& folder, std::uint32_t block_bytes,
                                  std::uint32_t blocks_in_flight, std::int64_t round_ns) {
    return fio_mb_per_s(folder, block_bytes, round_ns,
                        "--ioengine=libaio --direct=1 --sync=dsync --overwrite=1 --iodepth=" +
                            std::to_string(blocks_in_flight));
}

double fio_write_sequentially_mb_per_s(const std::string& folder, std::uint64_t bytes) {
    return fio_writes_mb_per_s(
        folder, 1U << 20U,
        "--ioengine=libaio --direct=1 --iodepth=8 --end_fsync=1 --size=" + std::to_string(bytes));
}

double write_left_journals_gb_per_s(const std::string& folder, std::int64_t round_ns) {
    const std::vector<JournalFile> files = left_journals(folder);
    const std::vector<char> source(kWriteBytes, 'k');
    std::uint64_t done_bytes = 0;
    std::int64_t spent_ns = 0;
    std::size_t file = 0;
    std::uint64_t at = 0;
    const std::int64_t from_ns = now_ns();
    while (!files.empty() && spent_ns < round_ns) {
        for (std::uint64_t index = 0; index < kWritesBetweenClockReads; ++index) {
            if (at + kWriteBytes > files[file].bytes) {
                file = (file + 1) % files.size();
                at = 0;
            }
            must_call(pwrite(files[file].file.get(), source.data(), source.size(),
                             static_cast<off_t>(at)),
                      "write journal");
            at += kWriteBytes;
            done_bytes += kWriteBytes;
        }
        spent_ns = now_ns() - from_ns;
    }
    return spent_ns > 0 ? static_cast<double>(done_bytes) / static_cast<double>(spent_ns)
                        : kNotMeasured;
}

double read_files_gb_per_s(const std::string& folder) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        if (entry.is_regular_file() && entry.file_size() > 0) {
            files.push_back(entry.path());
        }
    }
    std::atomic<std::size_t> next{0};
    std::atomic<std::uint64_t> bytes{0};
    const auto read_some = [&] {
        for (std::size_t file = next++; file < files.size(); file = next++) {
            bytes += sum_file(files[file]);
        }
    };
    const std::int64_t from_ns = now_ns();
    {
        std::vector<std::jthread> others(std::max(1U, std::thread::hardware_concurrency()) - 1);
        for (std::jthread& other : others) {
            other = std::jthread(read_some);
        }
        read_some();
    }
    return static_cast<double>(bytes.load()) / static_cast<double>(now_ns() - from_ns);
}

std::uint64_t folder_bytes(const std::string& folder) {
    std::uint64_t bytes = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
        bytes += entry.is_regular_file() ? entry.file_size() : 0;
    }
    return bytes;
}

}  // namespace kera::bench
