// Starts this program again as another process. So a broker has its own memory and processor time,
// and can be killed. One thread; owns the process, which ends with this object, or with our process
// if that dies. Invariant: only this child is signalled, by its id, and only before it was waited
// for.
#pragma once

#include <sys/types.h>

#include <cstdio>
#include <memory>
#include <string>
#include <vector>

namespace kera::bench {

class ChildProcess {
  public:
    // `words` are the arguments after the program's name. The child's standard input and output are
    // connected to us.
    explicit ChildProcess(const std::vector<std::string>& words);
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;
    // Closes the child's input, which tells it to end, and waits for it.
    ~ChildProcess();

    pid_t pid() const noexcept { return pid_; }

    // Reads one line from the child. Fails the case when the child has ended.
    std::string read_line();

    void write_line(const std::string& line);

    // From pause() to resume() the child gets no processor time.
    void pause() noexcept;
    void resume() noexcept;

    // Like a power cut: the child flushes, closes and sends nothing.
    void kill_at_once();

  private:
    struct Closer {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    // Returns how it ended, as waitpid(2) does.
    int wait();

    pid_t pid_ = -1;
    std::unique_ptr<std::FILE, Closer> input_;
    std::unique_ptr<std::FILE, Closer> output_;
};

// For the child: makes it die with its parent.
void end_with_parent();

}  // namespace kera::bench
