#include "memory/touch_ahead.hpp"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "base/check.hpp"
#include "base/log.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

// Large enough to be worth a system call, small enough that stopping takes milliseconds.
constexpr std::size_t kStepBytes = 4_MiB;
constexpr std::size_t kPageBytes = 4_KiB;
constexpr int kNice = 10;

#if defined(MADV_POPULATE_WRITE)
constexpr int kPopulateWrite = MADV_POPULATE_WRITE;
#else
constexpr int kPopulateWrite = 23;
#endif

// An atomic add of zero brings a page in and does not change what others write there meanwhile. It
// races with them on purpose, and may access poisoned memory: so sanitizers must not check it.
__attribute__((no_sanitize("address", "thread"))) void add_zero_to_every_page(
    std::byte* begin, std::byte* end) noexcept {
    for (std::byte* page = begin; page < end; page += kPageBytes) {
        __atomic_fetch_add(reinterpret_cast<unsigned char*>(page), static_cast<unsigned char>(0),
                           __ATOMIC_RELAXED);
    }
}

bool bring_in(std::byte* begin, std::byte* end) noexcept {
    const auto bytes = static_cast<std::size_t>(end - begin);
    int status = 0;
    do {
        status = madvise(begin, bytes, kPopulateWrite);
    } while (status != 0 && (errno == EINTR || errno == EAGAIN));
    if (status != 0 && errno == EINVAL) {  // Linux before 5.14
        add_zero_to_every_page(begin, end);
        return true;
    }
    return status == 0;
}

}  // namespace

TouchAhead::TouchAhead(std::byte* base, std::size_t bytes, std::size_t from) {
    KERA_ASSERT(from <= bytes, from, bytes);
    KERA_ASSERT(is_aligned(reinterpret_cast<std::uintptr_t>(base), kPageBytes));
    try {
        thread_ = std::thread([this, base, bytes, from] { run(base, bytes, from); });
    } catch (const std::system_error& refused) {
        give_up(bytes, refused.code().value());
    }
}

TouchAhead::~TouchAhead() {
    stop_.store(true, std::memory_order_relaxed);
    wait();
}

void TouchAhead::wait() {
    if (thread_.joinable()) {
        thread_.join();
    }
}

void TouchAhead::run(std::byte* base, std::size_t bytes, std::size_t from) noexcept {
    // Signals are for the host's threads.
    sigset_t all{};
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, nullptr);
    pthread_setname_np(pthread_self(), "kera-touch");
    // On Linux this changes the calling thread alone.
    setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), kNice);
    std::byte* const middle = base + align_down(from, kPageBytes);
    if (!touch_range(middle, base + bytes) || !touch_range(base, middle)) {
        give_up(bytes, errno);
    }
}

void TouchAhead::give_up(std::size_t bytes, int failure) {
    gave_up_.store(true, std::memory_order_relaxed);
    log(LogLevel::warn, "touch_ahead_gave_up",
        {{"touched_bytes", touched_bytes()}, {"bytes", bytes}, {"errno", failure}});
}

bool TouchAhead::touch_range(std::byte* begin, std::byte* end) noexcept {
    while (begin < end && !stop_.load(std::memory_order_relaxed)) {
        const auto step = std::min(kStepBytes, static_cast<std::size_t>(end - begin));
        if (!bring_in(begin, begin + step)) {
            return false;
        }
        begin += step;
        touched_bytes_.fetch_add(step, std::memory_order_relaxed);
    }
    return true;
}

}  // namespace kera
