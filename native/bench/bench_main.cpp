// The program kera_bench: runs the cases one after the other, prints the table, writes the JSON.
//   kera_bench [--json FILE] [--only NAME]... [--folder DIR] [--rounds N] [--smoke] [--list]
// `--smoke` runs every case for a few milliseconds and fails when one cannot run. A missed target
// is not a failure, because a busy machine misses targets, too.
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/machine.hpp"
#include "bench/node.hpp"
#include "bench/race.hpp"

namespace kera::bench {

namespace {

struct Options {
    std::string json;
    std::vector<std::string> only;
    std::string folder;
    int rounds = 0;
    bool smoke = false;
    bool list = false;
};

Options parse(const std::vector<std::string>& words) {
    Options options;
    for (std::size_t index = 1; index < words.size(); ++index) {
        const std::string& word = words[index];
        const auto next = [&]() -> const std::string& {
            if (index + 1 >= words.size()) {
                fail_bench("no value after " + word);
            }
            return words[++index];
        };
        if (word == "--json") {
            options.json = next();
        } else if (word == "--only") {
            options.only.push_back(next());
        } else if (word == "--folder") {
            options.folder = next();
        } else if (word == "--rounds") {
            options.rounds = std::stoi(next());
        } else if (word == "--smoke") {
            options.smoke = true;
        } else if (word == "--list") {
            options.list = true;
        } else {
            fail_bench("unknown option " + word);
        }
    }
    return options;
}

Scale scale_of(const Options& options) {
    Scale scale;
    scale.folder = options.folder;
    if (options.smoke) {
        scale.round_ns = 5 * kNanosPerMilli;
        scale.memory_bytes = 64_MiB;
        scale.disk_bytes = 16_MiB;
        scale.streamlets_max = 50;
        scale.idle_ns = 20 * kNanosPerMilli;
        scale.rounds_min = 1;
        scale.rounds_max = 1;
    } else {
        scale.round_ns = kNanosPerSecond;
        scale.memory_bytes = 4_GiB;
        scale.disk_bytes = 4_GiB;
        scale.streamlets_max = 5000;
        scale.idle_ns = 10 * kNanosPerSecond;
        scale.rounds_min = 3;
        scale.rounds_max = 7;
    }
    if (options.rounds > 0) {
        scale.rounds_min = options.rounds;
        scale.rounds_max = options.rounds;
    }
    return scale;
}

bool wanted(const Options& options, const std::string& name) {
    return options.only.empty() ||
           std::find(options.only.begin(), options.only.end(), name) != options.only.end();
}

// A folder of its own below the given one, so that nothing else is measured or removed.
class WorkFolder {
  public:
    explicit WorkFolder(const std::string& parent)
        : path_((parent.empty() ? std::filesystem::current_path().string() : parent) + "/" + kName +
                std::to_string(getpid())) {
        std::filesystem::create_directories(path_);
        remove_left_over(std::filesystem::path(path_).parent_path());
    }
    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;
    ~WorkFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    const std::string& path() const { return path_; }

  private:
    static constexpr const char* kName = "kera_bench.";

    // What was killed could not remove its folder. In memory that is dear.
    static void remove_left_over(const std::filesystem::path& parent) {
        std::error_code ignored;
        for (const auto& entry : std::filesystem::directory_iterator(parent, ignored)) {
            const std::string name = entry.path().filename().string();
            const pid_t pid =
                name.starts_with(kName) ? std::atoi(name.c_str() + std::strlen(kName)) : 0;
            if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH) {
                std::filesystem::remove_all(entry.path(), ignored);
            }
        }
    }

    std::string path_;
};

// A folder in memory with room for the files of a case; else the given one.
std::string memory_parent(const std::string& otherwise) {
    constexpr std::uint64_t kRoomBytes = 3_GiB;
    const char* const path = "/dev/shm";
    std::error_code failure;
    const std::filesystem::space_info space = std::filesystem::space(path, failure);
    return !failure && space.available >= kRoomBytes && access(path, W_OK) == 0 ? path : otherwise;
}

int run(const Options& given) {
    Options options = given;
    if (options.list) {
        for (const CaseEntry& entry : all_cases()) {
            std::printf("%s\n", entry.name);
        }
        return 0;
    }
    const WorkFolder folder(options.folder);
    const WorkFolder memory_folder(memory_parent(folder.path()));
    options.folder = folder.path();
    Scale scale = scale_of(options);
    scale.memory_folder = memory_folder.path();
    std::vector<Row> rows;
    for (const CaseEntry& entry : all_cases()) {
        if (!wanted(options, entry.name)) {
            continue;
        }
        std::fprintf(stderr, "%s ...\n", entry.name);
        std::vector<Row> raced = race(entry, scale);
        std::fprintf(stderr, "%s\n", table_text(raced).c_str());  // while the other cases still run
        std::move(raced.begin(), raced.end(), std::back_inserter(rows));
    }
    if (rows.empty()) {
        fail_bench("no such case; --list names them");
    }
    std::printf("%s\n\n%s", describe_machine().c_str(), table_text(rows).c_str());
    if (!options.json.empty()) {
        std::ofstream(options.json) << json_text(rows);
    }
    const auto failed = [](const Row& row) { return !row.failure.empty(); };
    return std::any_of(rows.begin(), rows.end(), failed) ? 1 : 0;
}

}  // namespace

}  // namespace kera::bench

int main(int count, char** words) {
    try {
        const std::vector<std::string> all(words, words + count);
        if (all.size() > 1 && all[1] == kera::bench::kServeWord) {
            return kera::bench::serve_node({all.begin() + 1, all.end()});
        }
        return kera::bench::run(kera::bench::parse(all));
    } catch (const std::exception& failure) {
        std::fprintf(stderr, "kera_bench: %s\n", failure.what());
        return 2;
    }
}
