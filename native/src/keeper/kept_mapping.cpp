#include "keeper/kept_mapping.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>

namespace kera {

Result<KeptMapping> KeptMapping::map(const FileDescriptor& memory) {
    const int seals = ::fcntl(memory.get(), F_GET_SEALS);
    if (seals < 0 || (seals & F_SEAL_SHRINK) == 0) {
        return fail(ErrorCode::malformed, "kept_memory_seals", F_SEAL_SHRINK, seals);
    }
    struct stat status{};
    if (::fstat(memory.get(), &status) != 0) {
        return fail(ErrorCode::malformed, "kept_memory_stat_errno", 0, errno);
    }
    const auto bytes = static_cast<std::size_t>(status.st_size);
    void* const at = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, memory.get(), 0);
    if (at == MAP_FAILED) {
        return fail(ErrorCode::memory_exhausted, "kept_memory_map_errno", 0, errno);
    }
    return KeptMapping(Bytes(static_cast<const std::byte*>(at), bytes));
}

KeptMapping::~KeptMapping() {
    if (!bytes_.empty()) {
        ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    }
}

}  // namespace kera
