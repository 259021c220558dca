#include "transport/shm/shared_regions.hpp"

#include <fcntl.h>

#include <cerrno>
#include <string>
#include <utility>

#include "base/log.hpp"
#include "transport/channel/shared_memory.hpp"
#include "transport/channel/shm_handshake.hpp"
#include "transport/shm/shm_socket.hpp"

namespace kera {

Result<void> SharedRegions::add(const MemoryRegion& region) {
    if (region.fd < 0) {
        return {};
    }
    if (regions_.size() == kShmRegionsMax) {
        return fail(ErrorCode::limit_exceeded, "regions", kShmRegionsMax, kShmRegionsMax + 1);
    }
    // Opened anew: the descriptor that clients get has no right to write, whatever they do with it.
    const std::string path = "/proc/self/fd/" + std::to_string(region.fd);
    FileDescriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd.open()) {
        return fail(ErrorCode::unsupported, "open_region_errno", 0, errno);
    }
    // Clients map whole pages, from the page in which the region begins.
    const std::uint64_t before = region.fd_offset % shared_page_bytes(fd.get());
    regions_.push_back(
        {{region.base - before, region.bytes + before}, std::move(fd), region.fd_offset - before});
    return {};
}

// The table must be in the socket before a message that refers to a region is in the ring.
void SharedRegions::show_to(const ShmConnection& client) const {
    ShmRegionTable table;
    ShmRegions lendable{};
    std::vector<int> descriptors;
    for (const Region& region : regions_) {
        table.regions[table.count] = {region.fd_offset, region.memory.size()};
        lendable[++table.count] = region.memory;
        descriptors.push_back(region.fd.get());
    }
    if (table.count == 0) {
        return;
    }
    if (!send_shm(client.socket.get(), encode(table), descriptors)) {
        // The client gets copies, as if there were no regions.
        log(LogLevel::warn, "regions_not_shown", {{"pid", client.peer.pid}, {"errno", errno}});
        return;
    }
    client.channel->lend_regions(lendable);
}

}  // namespace kera
