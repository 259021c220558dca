#include "bench/case.hpp"

#include <cerrno>
#include <system_error>

namespace kera::bench {

void fail_bench(const std::string& what) {
    throw BenchFailure(what);
}

long must_call(long outcome, const char* what) {
    if (outcome < 0) {
        fail_bench(std::string(what) + ": " + std::generic_category().message(errno));
    }
    return outcome;
}

}  // namespace kera::bench
