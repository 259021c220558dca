// The bytes of a whole file, readable in place as long as the object lives. Any thread may read;
// one owner. Invariants: the bytes do not move; nobody truncates a file while it is mapped.
#pragma once

#include <memory>
#include <utility>

#include "base/bytes.hpp"

namespace kera {

class MappedFile {
  public:
    MappedFile() = default;
    // `holder` keeps the bytes in memory, and frees them when it is destroyed.
    MappedFile(Bytes bytes, std::shared_ptr<const void> holder) noexcept
        : bytes_(bytes), holder_(std::move(holder)) {}

    Bytes bytes() const noexcept { return bytes_; }

  private:
    Bytes bytes_;
    std::shared_ptr<const void> holder_;
};

}  // namespace kera
