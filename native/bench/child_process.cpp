#include "bench/child_process.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "bench/case.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

ChildProcess::ChildProcess(const std::vector<std::string>& words) {
    std::array<int, 2> to_child{};
    std::array<int, 2> from_child{};
    must_call(pipe2(to_child.data(), O_CLOEXEC), "pipe2");
    must_call(pipe2(from_child.data(), O_CLOEXEC), "pipe2");
    input_.reset(fdopen(to_child[1], "w"));
    output_.reset(fdopen(from_child[0], "r"));

    posix_spawn_file_actions_t actions{};
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, to_child[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, from_child[1], STDOUT_FILENO);

    std::vector<std::string> owned = {"kera_bench"};
    owned.insert(owned.end(), words.begin(), words.end());
    std::vector<char*> arguments;
    arguments.reserve(owned.size() + 1);
    for (std::string& word : owned) {
        arguments.push_back(word.data());
    }
    arguments.push_back(nullptr);
    const int status =
        posix_spawn(&pid_, "/proc/self/exe", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    close(to_child[0]);
    close(from_child[1]);
    if (status != 0) {
        fail_bench("posix_spawn failed: errno=" + std::to_string(status));
    }
    adopt(pid_);
}

ChildProcess::~ChildProcess() {
    input_.reset();
    wait();
}

int ChildProcess::wait() {
    int status = 0;
    if (pid_ >= 0) {
        disown(pid_);
        while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
        }
        pid_ = -1;
    }
    return status;
}

std::string ChildProcess::read_line() {
    std::string line;
    for (int letter = 0; (letter = std::fgetc(output_.get())) != '\n';) {
        if (letter == EOF) {
            const int status = wait();
            fail_bench("the node ended early with " +
                       (WIFSIGNALED(status)
                            ? "signal " + std::to_string(WTERMSIG(status))
                            : "exit status " + std::to_string(WEXITSTATUS(status))) +
                       "; its words are on standard error");
        }
        line += static_cast<char>(letter);
    }
    return line;
}

void ChildProcess::write_line(const std::string& line) {
    std::fputs((line + "\n").c_str(), input_.get());
    std::fflush(input_.get());
}

void ChildProcess::pause() noexcept {
    if (pid_ >= 0) {
        kill(pid_, SIGSTOP);
    }
}

void ChildProcess::resume() noexcept {
    if (pid_ >= 0) {
        kill(pid_, SIGCONT);
    }
}

void ChildProcess::kill_at_once() {
    if (pid_ >= 0) {
        kill(pid_, SIGKILL);
        wait();
    }
}

void end_with_parent() {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

}  // namespace kera::bench
