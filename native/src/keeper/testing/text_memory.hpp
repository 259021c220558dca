// Shared memory with a text in it, for tests of keepers. Any thread.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>

#include "base/file_descriptor.hpp"
#include "keeper/kept_mapping.hpp"

namespace kera {

inline FileDescriptor memory_with(const std::string& text, int seals = F_SEAL_SHRINK) {
    FileDescriptor memory(::memfd_create("kera-test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    EXPECT_EQ(::write(memory.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    EXPECT_EQ(::fcntl(memory.get(), F_ADD_SEALS, seals), 0);
    return memory;
}

inline std::string text_in(const FileDescriptor& memory) {
    const KeptMapping mapping = KeptMapping::map(memory).value();
    return {reinterpret_cast<const char*>(mapping.bytes().data()), mapping.bytes().size()};
}

}  // namespace kera
