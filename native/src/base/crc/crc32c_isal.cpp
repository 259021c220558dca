// ISA-L's crc32_iscsi, loaded from the system's library if it is installed. So libkera depends on
// nothing else; without ISA-L it uses the other kernels. The function inverts neither its start
// value nor its result, takes an int length, and does not write through its pointer, which is not
// const.
#include <dlfcn.h>
#include <isa-l/crc.h>

#include <algorithm>

#include "base/check.hpp"
#include "base/crc/crc32c_kernels.hpp"
#include "base/units.hpp"

namespace kera {

namespace {

using Function = decltype(&crc32_iscsi);

// The library stays loaded until the process ends.
Function look_up() noexcept {
    void* const library = dlopen("libisal.so.2", RTLD_NOW | RTLD_LOCAL);
    return library == nullptr ? nullptr : reinterpret_cast<Function>(dlsym(library, "crc32_iscsi"));
}

Function crc32_iscsi_there() noexcept {
    static const Function function = look_up();
    return function;
}

}  // namespace

bool has_isal() noexcept {
    return crc32_iscsi_there() != nullptr;
}

std::uint32_t crc32c_isal(std::uint32_t seed, const std::byte* data, std::size_t bytes) noexcept {
    const Function run = crc32_iscsi_there();
    KERA_ASSERT(run != nullptr);
    std::uint32_t crc = ~seed;
    while (bytes > 0) {
        const std::size_t step = std::min(bytes, 1_GiB);
        auto* const at = const_cast<unsigned char*>(reinterpret_cast<const unsigned char*>(data));
        crc = run(at, static_cast<int>(step), crc);
        data += step;
        bytes -= step;
    }
    return ~crc;
}

}  // namespace kera
