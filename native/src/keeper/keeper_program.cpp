#include "keeper/keeper_program.hpp"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>

#include "base/file_descriptor.hpp"
#include "keeper/keeper_protocol.hpp"

// The build writes them, from the program; see native/cmake/KeraKeeper.cmake.
extern "C" const unsigned char kKeraKeeperProgram[];     // NOLINT(*-avoid-c-arrays)
extern "C" const unsigned long kKeraKeeperProgramBytes;  // NOLINT(google-runtime-int)

namespace kera {

namespace {

// Linux 6.3 wants to be told, if an administrator says so (vm.memfd_noexec=1); older ones refuse
// it.
constexpr unsigned kMemfdExec = 0x10;

Error keeper_failure(const char* what, int error_number) noexcept {
    return fail(ErrorCode::unsupported, what, 0, error_number);
}

// A file that can be executed without a place in any file system. Its number is none that the
// keeper is started with.
Result<FileDescriptor> program_file() {
    FileDescriptor made(memfd_create("kera-keeper", MFD_CLOEXEC | kMemfdExec));
    if (!made.open()) {
        made.reset(memfd_create("kera-keeper", MFD_CLOEXEC));
    }
    FileDescriptor file(::fcntl(made.get(), F_DUPFD_CLOEXEC, KERA_KEEPER_LISTENER + 1));
    if (!file.open()) {
        return keeper_failure("keeper_memfd_errno", errno);
    }
    std::size_t at = 0;
    while (at < kKeraKeeperProgramBytes) {
        const ssize_t written =
            ::write(file.get(), kKeraKeeperProgram + at, kKeraKeeperProgramBytes - at);
        if (written <= 0) {
            return keeper_failure("keeper_write_errno", errno);
        }
        at += static_cast<std::size_t>(written);
    }
    return file;
}

// No signal of the host's thread stays blocked in the keeper.
class SpawnAttributes {
  public:
    SpawnAttributes() noexcept {
        sigset_t none;
        sigemptyset(&none);
        posix_spawnattr_init(&attributes_);
        posix_spawnattr_setsigmask(&attributes_, &none);
        posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    }
    ~SpawnAttributes() { posix_spawnattr_destroy(&attributes_); }
    SpawnAttributes(const SpawnAttributes&) = delete;
    SpawnAttributes& operator=(const SpawnAttributes&) = delete;

    const posix_spawnattr_t* get() const noexcept { return &attributes_; }

  private:
    posix_spawnattr_t attributes_{};
};

}  // namespace

Result<void> start_keeper(int listener, const std::string& socket_path, std::int64_t seconds) {
    KERA_TRY_ASSIGN(const FileDescriptor program, program_file());
    std::string path = "/proc/self/fd/" + std::to_string(program.get());
    std::string name = "kera-keeper";
    std::string socket_argument = socket_path;
    std::string seconds_argument = std::to_string(seconds);
    std::array<char*, 4> arguments{name.data(), socket_argument.data(), seconds_argument.data(),
                                   nullptr};
    std::array<char*, 1> environment{nullptr};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, listener, KERA_KEEPER_LISTENER);
    const SpawnAttributes attributes;
    pid_t process = 0;
    const int problem = posix_spawn(&process, path.c_str(), &actions, attributes.get(),
                                    arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (problem != 0) {
        return keeper_failure("keeper_start_errno", problem);
    }
    // It has a child that goes on in the background, and ends at once itself.
    int status = 0;
    while (::waitpid(process, &status, 0) < 0) {
        if (errno == ECHILD) {
            return {};  // the host lets nobody wait for its children
        }
        if (errno != EINTR) {
            return keeper_failure("keeper_wait_errno", errno);
        }
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        return fail(ErrorCode::unsupported, "keeper_exit_status", 0, status);
    }
    return {};
}

}  // namespace kera
