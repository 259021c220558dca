// Compares what a peer presents with the secret that it must know. Any thread; owns nothing.
// Invariant: the time depends only on the length of what was presented. So a peer cannot guess the
// secret byte by byte with a clock.
#pragma once

#include <cstddef>
#include <string_view>

namespace kera {

inline bool same_secret(std::string_view presented, std::string_view secret) noexcept {
    // Volatile: the compiler must not leave the loop at the first difference.
    volatile unsigned char difference = presented.size() == secret.size() ? 0 : 1;
    for (std::size_t at = 0; at < presented.size(); ++at) {
        const char expected = secret.empty() ? '\0' : secret[at % secret.size()];
        difference =
            static_cast<unsigned char>(difference | (static_cast<unsigned char>(presented[at]) ^
                                                     static_cast<unsigned char>(expected)));
    }
    return difference == 0;
}

}  // namespace kera
