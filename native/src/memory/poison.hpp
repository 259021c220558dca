// Makes the use of freed memory visible. AddressSanitizer reports it; other builds without NDEBUG
// find a pattern there; optimised builds do nothing. Thread: the one that owns the bytes.
#pragma once

#include <cstddef>
#include <cstring>

#if defined(__SANITIZE_ADDRESS__)
#define KERA_POISONS_BY_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KERA_POISONS_BY_SANITIZER 1
#endif
#endif

#if defined(KERA_POISONS_BY_SANITIZER)
#include <sanitizer/asan_interface.h>
#endif

namespace kera {

inline constexpr unsigned char kPoisonByte = 0xDB;

// Of memory that nobody has used yet. It is not filled, so that its pages are not brought in.
inline void poison_unused([[maybe_unused]] std::byte* at, [[maybe_unused]] std::size_t bytes) {
#if defined(KERA_POISONS_BY_SANITIZER)
    ASAN_POISON_MEMORY_REGION(at, bytes);
#endif
}

inline void poison_freed([[maybe_unused]] std::byte* at, [[maybe_unused]] std::size_t bytes) {
#if defined(KERA_POISONS_BY_SANITIZER)
    ASAN_POISON_MEMORY_REGION(at, bytes);
#elif !defined(NDEBUG)
    std::memset(at, kPoisonByte, bytes);
#endif
}

inline void unpoison([[maybe_unused]] std::byte* at, [[maybe_unused]] std::size_t bytes) {
#if defined(KERA_POISONS_BY_SANITIZER)
    ASAN_UNPOISON_MEMORY_REGION(at, bytes);
#endif
}

}  // namespace kera
