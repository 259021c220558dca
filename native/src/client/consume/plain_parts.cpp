// Lending and taking back. See plain_parts.hpp.
#include "client/consume/plain_parts.hpp"

#include <mutex>

namespace kera {

PlainPart& PlainParts::fresh() {
    const std::lock_guard lock(lock_);
    if (free_.empty()) {
        free_.reserve(all_.size() + 1);
        all_.push_back(std::make_unique<PlainPart>());
        all_.back()->part.copy = all_.back().get();
        return *all_.back();
    }
    PlainPart& part = *free_.back();
    free_.pop_back();
    idle_bytes_ -= part.memory.capacity();
    part.memory.clear();
    return part;
}

void PlainParts::give_back(const ReceivedPart& part) {
    const std::lock_guard lock(lock_);
    PlainPart& copy = *part.copy;
    if (idle_bytes_ + copy.memory.capacity() > kIdleBytesMax) {
        copy.memory = PlainBytes();
    }
    idle_bytes_ += copy.memory.capacity();
    // There is room for all of them.
    free_.push_back(&copy);
}

}  // namespace kera
