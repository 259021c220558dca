// Parts whose chunks were decompressed, in memory of the client's own, until the application gives
// them back. Thread: fresh() is for the one that reads, give_back() for any one thread at a time.
// Owns the parts. Invariant: memory that is not lent stays below kIdleBytesMax.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "client/compress/plain_bytes.hpp"
#include "client/consume/inbox.hpp"
#include "client/session/spin_lock.hpp"

namespace kera {

struct PlainPart {
    ReceivedPart part;
    PlainBytes memory;
};

class PlainParts {
  public:
    explicit PlainParts(bool has_io_thread) : lock_(has_io_thread) {}

    // An empty one.
    PlainPart& fresh();
    // REQUIRES: part.is_copy().
    void give_back(const ReceivedPart& part);

  private:
    static constexpr std::size_t kIdleBytesMax = std::size_t{32} << 20U;

    SpinLock lock_;
    // All with the lock.
    std::vector<std::unique_ptr<PlainPart>> all_;
    std::vector<PlainPart*> free_;
    std::size_t idle_bytes_ = 0;
};

}  // namespace kera
