// This program, started again as another process: so that a broker has its own memory, its own
// processor time, and can be killed. One thread; owns the process, which ends with this object, or
// with ours if we die. Invariant: only this child is ever signalled, by its id, before it was
// waited for.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace kera::bench {

class ChildProcess {
  public:
    // The words follow the program's name. Standard input and output of the child are ours.
    explicit ChildProcess(const std::vector<std::string>& words);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    // Closes the child's input, which asks it to end, and waits for it.
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }

    // One line that the child wrote; fails the case when the child ended instead.
    std::string read_line();

    void write_line(const std::string& line);

    // As a power cut would: nothing is flushed, closed or said.
    void kill_at_once();

  private:
    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void wait();

    pid_t pid_ = -1;
    std::unique_ptr<std::FILE, Closer> input_;
    std::unique_ptr<std::FILE, Closer> output_;
};

// For the child: dies with its parent.
void end_with_parent();

}  // namespace kera::bench
