// Who used the processors: this thread, another process, or other work on the machine. Any thread;
// reads the kernel's clocks.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

namespace kera::bench {

std::int64_t now_ns();
std::int64_t thread_cpu_ns();
std::int64_t process_cpu_ns(pid_t pid);

// Peak and present resident memory from /proc/<pid>/status; 0 for a process that has ended.
std::uint64_t peak_resident_bytes(pid_t pid);
std::uint64_t resident_bytes(pid_t pid);

// Sleeps until other work uses less than this fraction of the machine, at most for `patience_ns`.
void wait_for_quiet(double foreign_fraction, std::int64_t patience_ns);

// The fraction of the machine that processes other than this one and its children used since
// start(). Interrupts do not count, because our own loopback traffic is among them.
class ForeignCpu {
  public:
    void start();
    double fraction();

  private:
    struct Reading {
        double machine_s = 0;  // user, nice, system and stolen time of all processors
        double own_s = 0;
        double wall_s = 0;
    };
    static Reading read();

    Reading first_;
};

// A child whose time counts as our own while it lives. The kernel adds a child's time when it was
// waited for.
void adopt(pid_t child);
void disown(pid_t child);

}  // namespace kera::bench
