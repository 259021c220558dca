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

// A process that has no memory of its own any more has no command line either.
bool is_ending(std::int64_t pid) {
    const std::string path = "/proc/" + std::to_string(pid) + "/cmdline";
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return errno == ENOENT;
    }
    char first = 0;
    const ssize_t got = ::read(fd, &first, 1);
    ::close(fd);
    return got == 0;
}

void wait_for_end(std::int64_t pid) {
    constexpr int kWaitMaxMs = 10'000;
    const auto fd = static_cast<int>(::syscall(SYS_pidfd_open, static_cast<pid_t>(pid), 0));
    if (fd >= 0) {
        pollfd ended{fd, POLLIN, 0};
        ::poll(&ended, 1, kWaitMaxMs);
        ::close(fd);
    }
}

// False with errno when the lock is somebody else's.
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
    const int fd = ::open((folder + kLockName).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0640);
    if (fd < 0) {
        return fail(ErrorCode::disk_failed, "lock_errno", 0, errno);
    }
    DataLock lock(fd);
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
    return lock;
}

DataLock& DataLock::operator=(DataLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
}

DataLock::~DataLock() {
    if (fd_ >= 0) {
        ::close(fd_);
    }
}

}  // namespace kera
