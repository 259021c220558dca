#include "bench/processor_time.hpp"

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <string>
#include <thread>

#include "base/units.hpp"

namespace kera::bench {

namespace {

std::int64_t read_ns(clockid_t clock) {
    timespec now{};
    if (clock_gettime(clock, &now) != 0) {
        return 0;
    }
    return static_cast<std::int64_t>(now.tv_sec) * kNanosPerSecond + now.tv_nsec;
}

std::uint64_t status_bytes(pid_t pid, const std::string& field) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (status >> word) {
        if (word == field) {
            std::uint64_t kib = 0;
            status >> kib;
            return kib << 10U;
        }
    }
    return 0;
}

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::vector<pid_t>& children() {
    static std::vector<pid_t> pids;
    return pids;
}

}  // namespace

std::int64_t now_ns() {
    return read_ns(CLOCK_MONOTONIC);
}

std::int64_t thread_cpu_ns() {
    return read_ns(CLOCK_THREAD_CPUTIME_ID);
}

std::int64_t process_cpu_ns(pid_t pid) {
    clockid_t clock{};
    return clock_getcpuclockid(pid, &clock) == 0 ? read_ns(clock) : 0;
}

std::uint64_t peak_resident_bytes(pid_t pid) {
    return status_bytes(pid, "VmHWM:");
}

std::uint64_t resident_bytes(pid_t pid) {
    return status_bytes(pid, "VmRSS:");
}

void adopt(pid_t child) {
    children().push_back(child);
}

void disown(pid_t child) {
    std::erase(children(), child);
}

ForeignCpu::Reading ForeignCpu::read() {
    Reading reading;
    std::ifstream stat("/proc/stat");
    std::string name;
    double user = 0;
    double nice = 0;
    double system = 0;
    double idle = 0;
    double io_wait = 0;
    double irq = 0;
    double soft_irq = 0;
    double stolen = 0;
    stat >> name >> user >> nice >> system >> idle >> io_wait >> irq >> soft_irq >> stolen;
    reading.machine_s = (user + nice + system + stolen) / static_cast<double>(sysconf(_SC_CLK_TCK));
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage used{};
        getrusage(who, &used);
        reading.own_s += seconds(used.ru_utime) + seconds(used.ru_stime);
    }
    for (const pid_t child : children()) {
        reading.own_s += static_cast<double>(process_cpu_ns(child)) * 1e-9;
    }
    reading.wall_s = static_cast<double>(now_ns()) * 1e-9;
    return reading;
}

void ForeignCpu::start() {
    first_ = read();
}

double ForeignCpu::fraction() {
    const Reading last = read();
    const double machine_s = last.machine_s - first_.machine_s;
    const double own_s = last.own_s - first_.own_s;
    const double capacity_s =
        (last.wall_s - first_.wall_s) * static_cast<double>(sysconf(_SC_NPROCESSORS_ONLN));
    // The resolution is a tick of 10 ms. A shorter time would give noise.
    return capacity_s <= 0 ? 0 : std::max(0.0, (machine_s - own_s) / capacity_s);
}

void wait_for_quiet(double foreign_fraction, std::int64_t patience_ns) {
    const std::int64_t until_ns = now_ns() + patience_ns;
    ForeignCpu foreign;
    do {
        foreign.start();
        std::this_thread::sleep_for(std::chrono::milliseconds(200));
    } while (foreign.fraction() > foreign_fraction && now_ns() < until_ns);
}

}  // namespace kera::bench
