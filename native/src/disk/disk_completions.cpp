#include "disk/disk_completions.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "base/check.hpp"

namespace kera {

Result<FileDescriptor> DiskCompletions::make_event() {
    FileDescriptor event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!event.open()) {
        return fail(ErrorCode::limit_exceeded, "disk_event_errno", 0, errno);
    }
    return event;
}

void DiskCompletions::push(DiskCompletion&& completion) {
    {
        const std::lock_guard lock(mutex_);
        done_.push_back(std::move(completion));
        // Sequentially consistent, like prepare_park(): either we see that the owner parks, or the
        // owner sees this completion.
        waiting_.store(static_cast<std::uint32_t>(done_.size()), std::memory_order_seq_cst);
    }
    if (parked_.exchange(false, std::memory_order_seq_cst)) {
        const std::uint64_t one = 1;
        const ssize_t written = ::write(event_.get(), &one, sizeof(one));
        KERA_ASSERT(written == sizeof(one) || errno == EAGAIN, errno);
    }
}

void DiskCompletions::take(std::vector<DiskCompletion>& taken) {
    KERA_ASSERT(taken.empty());
    end_park();
    const std::lock_guard lock(mutex_);
    std::swap(done_, taken);
    waiting_.store(0, std::memory_order_release);
}

bool DiskCompletions::prepare_park() noexcept {
    parked_.store(true, std::memory_order_seq_cst);
    return waiting_.load(std::memory_order_seq_cst) == 0;
}

void DiskCompletions::end_park() noexcept {
    parked_.store(false, std::memory_order_seq_cst);
    std::uint64_t count = 0;
    const ssize_t got = ::read(event_.get(), &count, sizeof(count));
    KERA_ASSERT(got == sizeof(count) || errno == EAGAIN, errno);
}

void DiskCompletions::wait() {
    while (prepare_park()) {
        pollfd event{event_.get(), POLLIN, 0};
        if (::poll(&event, 1, -1) > 0) {
            return;
        }
    }
}

}  // namespace kera
