// Memory of a dead process, mapped to be read. Move-only; any thread may read. Invariant: it cannot
// shrink under its reader.
#pragma once

#include <cstddef>
#include <utility>

#include "base/bytes.hpp"
#include "base/file_descriptor.hpp"
#include "base/result.hpp"

namespace kera {

class KeptMapping {
  public:
    // malformed: it is not sealed against shrinking.
    static Result<KeptMapping> map(const FileDescriptor& memory);

    KeptMapping(KeptMapping&& other) noexcept : bytes_(std::exchange(other.bytes_, Bytes())) {}
    KeptMapping& operator=(KeptMapping&&) = delete;
    KeptMapping(const KeptMapping&) = delete;
    KeptMapping& operator=(const KeptMapping&) = delete;
    ~KeptMapping();

    Bytes bytes() const noexcept { return bytes_; }

  private:
    explicit KeptMapping(Bytes bytes) noexcept : bytes_(bytes) {}

    Bytes bytes_;
};

}  // namespace kera
