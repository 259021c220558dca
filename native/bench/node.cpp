#include "bench/node.hpp"

#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <string>

#include "base/units.hpp"
#include "bench/case.hpp"
#include "bench/processor_time.hpp"
#include "broker/core/core.hpp"

namespace kera::bench {

namespace {

std::vector<std::string> words_of(const NodeOptions& options) {
    return {kServeWord,
            options.folder,
            options.data_folder.empty() ? "-" : options.data_folder,
            std::to_string(options.arena_bytes),
            to_string(options.idle),
            std::to_string(options.retention_interval_ms),
            options.touched ? "touched" : "untouched"};
}

CoreConfig config_of(const std::vector<std::string>& words) {
    CoreConfig config;
    config.node_name = "bench";
    config.listen = {"shm:" + words.at(1) + "/" + std::to_string(getpid()) + ".sock",
                     "tcp:127.0.0.1:0"};
    config.data_folder = words.at(2) == "-" ? "" : words.at(2);
    config.arena_bytes = std::stoull(words.at(3));
    config.idle = words.at(4) == "spin"   ? IdleKind::spin
                  : words.at(4) == "park" ? IdleKind::park
                                          : IdleKind::backoff;
    config.retention_interval_ms = std::stoll(words.at(5));
    config.touch_ahead = words.at(6) == "touched";
    return config;
}

void say(const std::string& line) {
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
}

}  // namespace

Node::Node(const NodeOptions& options) : process_(words_of(options)) {
    shm_uri_ = process_.read_line();
    tcp_uri_ = process_.read_line();
    pages_ = process_.read_line();
    open_seconds_ = std::stod(process_.read_line());
}

double Node::cpu_seconds() const {
    return static_cast<double>(process_cpu_ns(process_.pid())) * 1e-9;
}

std::uint64_t Node::resident_bytes() const {
    return bench::resident_bytes(process_.pid());
}

std::uint64_t Node::peak_resident_bytes() const {
    return bench::peak_resident_bytes(process_.pid());
}

std::uint64_t Node::pool_used_bytes() {
    process_.write_line("used");
    return std::stoull(process_.read_line());
}

int serve_node(const std::vector<std::string>& words) {
    end_with_parent();
    const CoreConfig config = config_of(words);
    if (config.keeps_data()) {
        std::filesystem::create_directories(config.data_folder);
    }
    const std::int64_t from_ns = now_ns();
    const std::unique_ptr<Core> core = must(Core::open(config), "open core");
    const double open_seconds = static_cast<double>(now_ns() - from_ns) * 1e-9;
    if (core->arena().touching() != nullptr) {
        core->arena().touching()->wait();
    }
    must(core->start(), "start core");
    for (const Uri& uri : core->endpoints()) {
        say(uri.text());
    }
    say(to_string(core->arena().page_kind()));
    say(std::to_string(open_seconds));
    // Any byte on standard input is a request; end of input ends the child.
    for (int letter = 0; (letter = std::getchar()) != EOF;) {
        if (letter == '\n') {
            say(std::to_string(core->pool().used_bytes()));
        }
    }
    core->stop();
    return 0;
}

}  // namespace kera::bench
