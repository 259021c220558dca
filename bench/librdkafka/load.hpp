// What a client process over librdkafka is to do, and what came of it so far. The members say which
// threads share them; lives until the process ends.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>

#include "figures.hpp"
#include "warm_up.hpp"

using Values = std::map<std::string, std::string>;

[[noreturn]] inline void fail(const std::string& what) {
    std::fprintf(stderr, "librdkafka load: %s\n", what.c_str());
    std::exit(1);
}

struct Load {
    Values values;
    int64_t length = 100;
    int64_t rate = 0;
    double warmup = 1;
    double warmup_max = 0;
    double seconds = 5;
    std::string topic;

    // Shared between the sending, the polling and the reading thread.
    std::atomic<int64_t> begin_ns{INT64_MAX};
    std::atomic<int64_t> end_ns{INT64_MAX};
    std::atomic<int64_t> failures{0};
    std::atomic<int64_t> all_sent{0};
    std::atomic<bool> sending{true};

    std::mutex acks_of_all;
    Histogram acks;  // threads that poll the producer
    Histogram end_to_end;
    Histogram from_send;
    std::atomic<int64_t> sent{0};
    int64_t read = 0;

    bool counts(int64_t due_ns) const { return due_ns >= begin_ns && due_ns < end_ns; }

    // At a rate, which agrees with itself, for as long as it may take.
    WarmUp warm_up() const {
        const auto most_ns = static_cast<int64_t>(std::max(warmup, warmup_max) * 1e9);
        return WarmUp(rate > 0 ? most_ns : static_cast<int64_t>(warmup * 1e9), most_ns);
    }

    const std::string& of(const std::string& name, const std::string& absent) const {
        const auto found = values.find(name);
        return found == values.end() ? absent : found->second;
    }
};
