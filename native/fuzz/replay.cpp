// Runs a fuzz target over a committed corpus, in builds that have no libFuzzer: each argument is a
// file or a folder of files. The empty input is always tried first. Single thread; a fault ends the
// process.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length);

namespace {

std::size_t replay_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    const std::vector<char> bytes((std::istreambuf_iterator<char>(file)),
                                  std::istreambuf_iterator<char>());
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return 1;
}

std::size_t replay_path(const std::filesystem::path& path) {
    if (!std::filesystem::is_directory(path)) {
        return replay_file(path);
    }
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.is_regular_file()) {
            count += replay_file(entry.path());
        }
    }
    return count;
}

}  // namespace

int main(int argc, char** argv) {
    const std::uint8_t nothing = 0;
    LLVMFuzzerTestOneInput(&nothing, 0);
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::exists(argv[i])) {
            std::fprintf(stderr, "no corpus at %s: commit at least one input there\n", argv[i]);
            return 1;
        }
        count += replay_path(argv[i]);
    }
    std::printf("replayed %zu inputs\n", count);
    return 0;
}
