// What a load is measured by: clocks, histograms, and what the kernel says of processes. The C++ twin of
// ProcessFigures.
#pragma once

#include <time.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>

// CLOCK_MONOTONIC, as System.nanoTime.
inline int64_t now_ns() {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000'000LL + now.tv_nsec;
}

inline void sleep_until(int64_t due_ns) {
    const timespec due{due_ns / 1'000'000'000LL, due_ns % 1'000'000'000LL};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, nullptr);
}

inline double cpu_seconds(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string text((std::istreambuf_iterator<char>(file)), {});
    if (text.empty()) {
        return 0;
    }
    std::istringstream fields(text.substr(text.rfind(')') + 2));
    std::string field;
    double ticks = 0;
    for (int index = 0; index < 13 && fields >> field; ++index) {
        ticks += index >= 11 ? std::stod(field) : 0;
    }
    return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

// Of all processors; what is left after this process and the server is others'.
inline double busy_seconds() {
    std::ifstream file("/proc/stat");
    std::string name;
    double user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softirq = 0, steal = 0;
    file >> name >> user >> nice >> system >> idle >> wait >> irq >> softirq >> steal;
    return (user + nice + system + steal) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

inline int64_t peak_bytes(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/status");
    std::string line;
    while (std::getline(file, line)) {
        if (line.rfind("VmHWM:", 0) == 0) {
            return std::strtoll(line.c_str() + 6, nullptr, 10) << 10;
        }
    }
    return 0;
}

// Log-linear: within a tenth of a percent. One thread.
class Histogram {
public:
    void record(int64_t value) {
        value = value < 0 ? 0 : value;
        int shift = 0;
        while ((value >> shift) >= 2048) {
            ++shift;
        }
        ++counts_[(value >> shift) << shift];
    }

    std::string text() const {
        std::string text;
        for (const auto& [value, count] : counts_) {
            text += (text.empty() ? "" : ",") + std::to_string(value) + ":" + std::to_string(count);
        }
        return text;
    }

private:
    std::map<int64_t, int64_t> counts_;
};

// What processes used between two moments.
struct Usage {
    double client = 0, server = 0, busy = 0;

    static Usage now(const std::string& server_pid) {
        return {cpu_seconds("self"), cpu_seconds(server_pid), busy_seconds()};
    }
};
