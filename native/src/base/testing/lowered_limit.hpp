// For tests: lowers a limit of this process, as on a machine with fewer resources. One thread.
// Invariant: the destructor restores the limit.
#pragma once

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <system_error>

namespace kera {

class LoweredLimit {
  public:
    LoweredLimit(__rlimit_resource resource, rlim_t most) : resource_(resource) {
        // UBSan opens a pipe when it first meets a type: it meets errors while it can.
        EXPECT_FALSE(std::system_error(EMFILE, std::generic_category()).code().message().empty());
        EXPECT_EQ(::getrlimit(resource_, &before_), 0);
        const rlimit low{most, before_.rlim_max};
        EXPECT_EQ(::setrlimit(resource_, &low), 0);
    }
    LoweredLimit(const LoweredLimit&) = delete;
    LoweredLimit& operator=(const LoweredLimit&) = delete;
    ~LoweredLimit() { EXPECT_EQ(::setrlimit(resource_, &before_), 0); }

  private:
    const __rlimit_resource resource_;
    rlimit before_{};
};

// Sanitizers need more address space than such a limit leaves.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define KERA_NEEDS_ADDRESSES 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define KERA_NEEDS_ADDRESSES 1
#endif
#endif

#if defined(KERA_NEEDS_ADDRESSES)
inline constexpr bool kCanLimitMemory = false;
#else
inline constexpr bool kCanLimitMemory = true;
#endif

}  // namespace kera
