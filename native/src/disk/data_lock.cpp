#include "disk/data_lock.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>

namespace kera {

namespace {

constexpr const char* kLockName = "/lock";

std::int64_t read_pid(int fd) {
    std::array<char, 32> text{};
    const ssize_t got = ::pread(fd, text.data(), text.size(), 0);
    std::int64_t pid = 0;
    if (got > 0) {
        std::from_chars(text.data(), text.data() + got, pid);
    }
    return pid;
}

// A process that ends has lost its memory, and with it its command line.
bool is_ending(std::int64_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/cmdline";
    const FileDescriptor command_line(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!command_line.open()) {
        return errno == ENOENT;
    }
    char first = 0;
    return ::read(command_line.get(), &first, 1) == 0;
}

void wait_for_end(std::int64_t pid) {
    constexpr int kWaitMaxMs = 10'000;
    const FileDescriptor process(
        static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0)));
    if (process.open()) {
        pollfd ended{process.get(), POLLIN, 0};
        ::poll(&ended, 1, kWaitMaxMs);
    }
}

// False, with errno set, when another process has the lock.
bool lock_unless_owned(int fd) {
    if (::flock(fd, LOCK_EX | LOCK_NB) == 0) {
        return true;
    }
    const int failure = errno;
    const std::int64_t owner = read_pid(fd);
    if (failure == EWOULDBLOCK && is_ending(owner)) {
        wait_for_end(owner);
        return ::flock(fd, LOCK_EX | LOCK_NB) == 0;
    }
    errno = failure;
    return false;
}

}  // namespace

Result<DataLock> DataLock::acquire(const std::string& folder) {
    FileDescriptor file(::open((folder + kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640));
    const int fd = file.get();
    if (!file.open()) {
        return fail(ErrorCode::disk_failed, "lock_errno", 0, errno);
    }
    if (!lock_unless_owned(fd)) {
        if (errno == EWOULDBLOCK) {
            return fail(ErrorCode::would_block, "data_folder_owner_pid", 0, read_pid(fd));
        }
        return fail(ErrorCode::disk_failed, "lock_errno", 0, errno);
    }
    const std::string pid = std::to_string(::getpid()) + "\n";
    const auto bytes = static_cast<ssize_t>(pid.size());
    if (::ftruncate(fd, 0) != 0 || ::pwrite(fd, pid.data(), pid.size(), 0) != bytes) {
        return fail(ErrorCode::disk_failed, "lock_errno", 0, errno);
    }
    return DataLock(std::move(file));
}

}  // namespace kera
