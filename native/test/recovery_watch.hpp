// Hears what recovery complains about. A node whose files nobody has damaged must not report that
// something is lost. One at a time, in one thread: it listens to the log.
#pragma once

#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.hpp"

namespace kera {

class RecoveryWatch {
  public:
    RecoveryWatch()
        : others_(set_log_sink([this](LogLevel, std::string_view line) { hear(line); })) {}
    ~RecoveryWatch() { set_log_sink(std::move(others_)); }
    RecoveryWatch(const RecoveryWatch&) = delete;
    RecoveryWatch& operator=(const RecoveryWatch&) = delete;

    // The first complaint since the last call; empty without one.
    std::string take_complaint() { return std::exchange(complaint_, {}); }

  private:
    void hear(std::string_view line) {
        const auto says = [line](std::string_view what) { return line.find(what) != line.npos; };
        // Where writing stopped, the log may be torn.
        const bool torn = says("fault=torn_journal");
        if (complaint_.empty() &&
            ((says("event=recovery_problem") && !torn) || says("event=recovered_with_holes"))) {
            complaint_ = line;
        }
        if (shows_) {
            std::cerr << line << "\n";
        }
    }

    const bool shows_ = std::getenv("KERA_SIM_SEED") != nullptr;
    std::string complaint_;
    LogSink others_;
};

}  // namespace kera
