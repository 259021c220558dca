#include "transport/channel/shm_channel.hpp"

#include <utility>

#include "base/bytes.hpp"

namespace kera {

ShmChannel::ShmChannel(SharedMemory own, SharedMemory peer, std::uint32_t ring_bytes,
                       const ShmRegions& lendable, const ShmRegions& readable,
                       std::uint64_t lease_bytes_max)
    : own_(std::move(own)),
      peer_(std::move(peer)),
      releases_at_(ShmLayout{ring_bytes, 0}.releases_at()),
      lendable_(lendable),
      readable_(readable),
      sender_(own_.base(), peer_.base(), ring_bytes),
      receiver_(own_.base(), peer_.base(), ring_bytes),
      leases_(lease_bytes_max) {}

std::span<std::byte> ShmChannel::send_memory() const {
    const auto& region = lendable_[kShmSendRegion];
    return region.empty() ? std::span<std::byte>()
                          : std::span(own_.base() + (region.data() - own_.base()), region.size());
}

Result<void> ShmChannel::map_regions(const ShmRegionTable& table,
                                     std::vector<FileDescriptor> descriptors) {
    if (descriptors.size() != table.count) {
        return fail(ErrorCode::malformed, "handshake_descriptors", table.count,
                    static_cast<std::int64_t>(descriptors.size()));
    }
    if (regions_mapped()) {
        return fail(ErrorCode::malformed, "handshake_regions_again");
    }
    std::vector<SharedMemory> regions;
    for (std::size_t index = 0; index < table.count; ++index) {
        const ShmRegionShape& shape = table.regions[index];
        KERA_TRY_ASSIGN(SharedMemory region, SharedMemory::map(std::move(descriptors[index]),
                                                               shape.offset, shape.bytes, false));
        region.close_fd();
        regions.push_back(std::move(region));
    }
    regions_ = std::move(regions);
    for (std::size_t index = 0; index < regions_.size(); ++index) {
        readable_[1 + index] = {regions_[index].base(), regions_[index].bytes()};
    }
    return {};
}

std::optional<ShmReference> ShmChannel::reference_to(const IoSpan& span) const {
    const auto first = reinterpret_cast<std::uintptr_t>(span.data);
    for (std::uint32_t number = 0; number < lendable_.size(); ++number) {
        const auto& region = lendable_[number];
        const auto base = reinterpret_cast<std::uintptr_t>(region.data());
        if (first >= base && first - base < region.size() &&
            span.bytes <= region.size() - (first - base)) {
            return ShmReference{number, span.bytes, first - base};
        }
    }
    return std::nullopt;
}

Result<Fragment> ShmChannel::resolve(const ShmReference& reference) const {
    if (reference.region >= readable_.size() || readable_[reference.region].empty()) {
        return fail(ErrorCode::malformed, "reference_region",
                    static_cast<std::int64_t>(readable_.size()) - 1, reference.region);
    }
    const std::span<const std::byte> region = readable_[reference.region];
    const auto limit = static_cast<std::int64_t>(region.size());
    if (reference.bytes == 0 || !is_aligned(reference.bytes, 8U)) {
        return fail(ErrorCode::malformed, "reference_bytes", limit, reference.bytes);
    }
    if (reference.offset > region.size() || reference.bytes > region.size() - reference.offset ||
        !is_aligned(reference.offset, 8U)) {
        return fail(ErrorCode::malformed, "reference_offset", limit,
                    static_cast<std::int64_t>(reference.offset & ~(1ULL << 63)));
    }
    return region.subspan(reference.offset, reference.bytes);
}

Result<void> ShmChannel::hold_ticket() {
    if (tickets_held_ >= kShmLeasesMax) {
        return fail(ErrorCode::limit_exceeded, "references_in_flight", kShmLeasesMax,
                    tickets_held_ + 1);
    }
    ++tickets_held_;
    return {};
}

void ShmChannel::give_back(std::uint64_t ticket) noexcept {
    --tickets_held_;
    const std::uint64_t slot = releases_given_ % kShmLeasesMax;
    store_le(own_.base() + releases_at_ + slot * sizeof(ticket), ticket);
    ++releases_given_;
    // Pairs with the load in releases_pending().
    own_control().release_tail.store(releases_given_, std::memory_order_seq_cst);
    mark_published();
}

Result<void> ShmChannel::take_releases(std::vector<Token>& released) {
    const std::uint64_t tail = peer_control().release_tail.load(std::memory_order_acquire);
    if (tail - releases_taken_ > leases_.count()) {
        return fail(ErrorCode::malformed, "release_tail",
                    static_cast<std::int64_t>(leases_.count()),
                    static_cast<std::int64_t>((tail - releases_taken_) & ~(1ULL << 63)));
    }
    while (releases_taken_ != tail) {
        const std::uint64_t slot = releases_taken_ % kShmLeasesMax;
        const std::uint64_t ticket =
            load_once(peer_.base() + releases_at_ + slot * sizeof(std::uint64_t));
        ++releases_taken_;
        KERA_TRY_ASSIGN(const Token token, leases_.give_back(ticket));
        released.push_back(token);
    }
    return {};
}

bool ShmChannel::take_wake_due() {
    if (!published_) {
        return false;
    }
    published_ = false;
    // Sequentially consistent, like the stores that published: either we see that the peer sleeps,
    // or the peer sees what we published before it sleeps.
    return peer_control().parked.load(std::memory_order_seq_cst) != 0;
}

void ShmChannel::set_parked(bool parked) {
    own_control().parked.store(parked ? 1 : 0, std::memory_order_seq_cst);
}

}  // namespace kera
