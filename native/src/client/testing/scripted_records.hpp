// Test fixture: small chunks and their records, for what goes wrong on the way.
#pragma once

#include <string>
#include <vector>

#include "client/testing/scripted_world.hpp"

namespace kera {

inline ProducerOptions small_chunks() {
    ProducerOptions options;
    options.chunk_bytes = 1024;
    options.linger_ns = 0;
    options.retry = {10 * kNanosPerMilli, 100 * kNanosPerMilli, 0};
    return options;
}

// Each fills a chunk of its own.
inline std::string record(int number) {
    std::string text = std::to_string(number);
    text.resize(800, '.');
    return text;
}

inline std::vector<std::string> records(int count) {
    std::vector<std::string> all;
    for (int number = 0; number < count; ++number) {
        all.push_back(record(number));
    }
    return all;
}

inline AppendResult refused(ErrorCode code, std::uint32_t retry_after_ms = 0) {
    AppendResult result;
    result.code = code;
    result.retry_after_ms = retry_after_ms;
    return result;
}

}  // namespace kera
