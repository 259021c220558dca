// For tests: no thread can start, as on a machine without resources for one. Each new thread would
// need a stack larger than the address space. One thread. Invariant: the destructor allows threads
// again.
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
