// Everything that a node reads of a client's memory: ring, releases, references. The client writes
// what the input says; the node must either refuse it or name only memory that is the client's to
// give. Input: steps; each is a choice byte and what that step needs.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "transport/channel/shm_channel.hpp"

namespace kera {
namespace {

constexpr std::uint32_t kRingBytes = kShmRingBytesMin;
constexpr std::uint64_t kSendBytes = 8192;

// Mapped once: system calls would be most of the time otherwise.
struct Memories {
    SharedMemory client_here =
        SharedMemory::create(ShmLayout{kRingBytes, kSendBytes}.memory_bytes(), ShmWriter::peer)
            .value();
    SharedMemory client_there =
        SharedMemory::map(FileDescriptor(::dup(client_here.fd())), 0, client_here.bytes(), true)
            .value();
};

class Steps {
  public:
    explicit Steps(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    bool done() const { return left_.empty(); }
    std::uint64_t number(std::size_t bytes) {
        std::uint64_t value = 0;
        for (std::size_t index = 0; index < bytes && !left_.empty(); ++index) {
            value |= std::uint64_t{left_.front()} << (8 * index);
            left_ = left_.subspan(1);
        }
        return value;
    }
    std::span<const std::byte> bytes(std::size_t count) {
        const auto taken = std::as_bytes(left_.first(std::min(count, left_.size())));
        left_ = left_.subspan(taken.size());
        return taken;
    }

  private:
    std::span<const std::uint8_t> left_;
};

// Reads what the ring holds now. False: the client would be disconnected.
bool drain(ShmChannel& channel, ShmRecord& record, std::span<const std::byte> send_memory) {
    for (int count = 0; count < 1000; ++count) {
        const auto found = channel.receiver().next(record);
        if (!found.ok()) {
            return false;
        }
        if (!*found) {
            return true;
        }
        std::uint64_t sum = 0;
        for (std::uint32_t at = 0; at < record.header.inline_bytes; ++at) {
            sum += static_cast<std::uint64_t>(record.inline_bytes[at]);
        }
        KERA_ASSERT(sum <= std::uint64_t{255} * kRingBytes, sum);
        for (std::size_t index = 0; index < record.header.reference_count; ++index) {
            const auto fragment = channel.resolve(record.references[index]);
            if (!fragment.ok()) {
                return false;
            }
            KERA_ASSERT(
                fragment->data() >= send_memory.data() && fragment->size() <= send_memory.size() &&
                fragment->data() + fragment->size() <= send_memory.data() + send_memory.size());
        }
        if (record.header.reference_count > 0) {
            if (!channel.hold_ticket().ok()) {
                return false;
            }
            channel.give_back(record.header.ticket);
        }
        channel.receiver().consume(record);
        channel.receiver().publish_head();
    }
    return true;
}

}  // namespace
}  // namespace kera

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace kera;
    static Memories memories;
    const ShmLayout layout{kRingBytes, kSendBytes};
    std::byte* client = memories.client_there.base();
    zero_bytes(client, layout.send_at());
    ShmRegions readable{};
    readable[kShmSendRegion] = {memories.client_here.base() + layout.send_at(), kSendBytes};
    // The channel owns its mappings, so it gets fresh views of the same memory.
    ShmChannel channel(
        SharedMemory::create(ShmLayout{kRingBytes, 0}.memory_bytes(), ShmWriter::creator).value(),
        SharedMemory::map(FileDescriptor(::dup(memories.client_here.fd())), 0,
                          memories.client_here.bytes(), false)
            .value(),
        kRingBytes, {}, readable, 1 << 20);
    auto& control = *reinterpret_cast<ShmControl*>(client);
    ShmRecord record;
    std::vector<Token> released;
    Steps steps(std::span(data, size));
    Token next_token = 1;
    while (!steps.done()) {
        switch (steps.number(1) % 6) {
            case 0:
                control.tail.store(steps.number(4));
                break;
            case 1: {
                const std::uint64_t at = steps.number(2) % kRingBytes;
                const auto bytes = steps.bytes(steps.number(1));
                const std::size_t count = std::min<std::size_t>(bytes.size(), kRingBytes - at);
                copy_bytes(client + layout.ring_at() + at, bytes.data(), count);
                break;
            }
            case 2:
                store_le(client + layout.releases_at() + 8 * (steps.number(1) % kShmLeasesMax),
                         steps.number(8));
                control.release_tail.store(steps.number(2));
                break;
            case 3:
                control.head.store(steps.number(4));
                static_cast<void>(channel.sender().has_room(1024));
                break;
            case 4:
                if (channel.leases().has_room(64)) {
                    static_cast<void>(channel.leases().lend(next_token++, 64, 0));
                }
                break;
            default:
                if (!channel.take_releases(released).ok() ||
                    !drain(channel, record, readable[kShmSendRegion])) {
                    return 0;
                }
                break;
        }
    }
    KERA_ASSERT(released.size() < next_token, released.size());
    return 0;
}
