// First fit over the gaps between lent parts. See send_memory.hpp.
#include "client/session/send_memory.hpp"

#include <algorithm>

#include "base/units.hpp"

namespace kera {

void SendMemory::begin(EndpointId endpoint) {
    end();
    const MutableBytes memory = transport_.send_memory(endpoint);
    if (!memory.empty()) {
        lent_.push_back({endpoint, memory, {}, false});
    }
}

void SendMemory::end() {
    if (!lent_.empty() && !lent_.back().ended) {
        lent_.back().ended = true;
        drop_if_unused(std::prev(lent_.end()));
    }
}

void SendMemory::drop_if_unused(std::list<Lent>::iterator lent) {
    if (lent->ended && lent->parts.empty()) {
        transport_.drop_send_memory(lent->endpoint);
        lent_.erase(lent);
    }
}

MutableBytes SendMemory::lend(std::uint64_t bytes_min, std::uint64_t bytes_max, Release& release) {
    if (lent_.empty() || lent_.back().ended) {
        return {};
    }
    Lent& current = lent_.back();
    std::size_t from = 0;
    auto next = current.parts.begin();
    for (;; ++next) {
        const std::size_t end = next == current.parts.end() ? current.memory.size() : next->from;
        if (end - from >= bytes_min) {
            const std::size_t bytes = std::min<std::size_t>(end - from, bytes_max);
            current.parts.insert(next, {from, bytes});
            release = [this, endpoint = current.endpoint, from] { take_back(endpoint, from); };
            return current.memory.subspan(from, bytes);
        }
        if (next == current.parts.end()) {
            return {};
        }
        from = align_up(next->from + next->bytes, kCacheLineBytes);
        from = std::min(from, current.memory.size());
    }
}

void SendMemory::take_back(EndpointId endpoint, std::size_t from) {
    const auto lent = std::find_if(lent_.begin(), lent_.end(), [endpoint](const Lent& one) {
        return one.endpoint == endpoint;
    });
    if (lent != lent_.end()) {
        std::erase_if(lent->parts, [from](const Part& part) { return part.from == from; });
        drop_if_unused(lent);
    }
}

}  // namespace kera
