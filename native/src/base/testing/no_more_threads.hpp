// For tests: no thread can be begun for a while, as on a machine that has no more to give; here
// each would want a stack larger than there are addresses. One thread. Invariant: threads can be
// begun again when this is gone.
#pragma once

#include <gtest/gtest.h>
#include <pthread.h>

#include <cstddef>

namespace kera {

class NoMoreThreads {
  public:
    NoMoreThreads() {
        EXPECT_EQ(::pthread_getattr_default_np(&before_), 0);
        pthread_attr_t endless;
        EXPECT_EQ(::pthread_getattr_default_np(&endless), 0);
        EXPECT_EQ(::pthread_attr_setstacksize(&endless, std::size_t{1} << 50U), 0);
        EXPECT_EQ(::pthread_setattr_default_np(&endless), 0);
        ::pthread_attr_destroy(&endless);
    }
    NoMoreThreads(const NoMoreThreads&) = delete;
    NoMoreThreads& operator=(const NoMoreThreads&) = delete;
    ~NoMoreThreads() {
        EXPECT_EQ(::pthread_setattr_default_np(&before_), 0);
        ::pthread_attr_destroy(&before_);
    }

  private:
    pthread_attr_t before_{};
};

}  // namespace kera
