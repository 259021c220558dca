#include "base/check.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>

namespace kera {

void assertion_failed(const char* expression, const char* file, int line, const char* names,
                      std::initializer_list<std::int64_t> values) noexcept {
    std::fprintf(stderr, "assertion failed: %s at %s:%d", expression, file, line);
    if (values.size() > 0) {
        std::fprintf(stderr, " [%s =", names);
        const char* separator = " ";
        for (const std::int64_t value : values) {
            std::fprintf(stderr, "%s%" PRId64, separator, value);
            separator = ", ";
        }
        std::fputs("]", stderr);
    }
    std::fputs("\n", stderr);
    std::fflush(stderr);
    std::abort();
}

}  // namespace kera
