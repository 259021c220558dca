// The settings of a core: identity, memory, reactors, limits, durability. A plain value; call
// check() before use. Any thread. Every limit that a client can meet is here, so that errors can
// name it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "base/units.hpp"
#include "memory/arena.hpp"
#include "ring/idle.hpp"
#include "vlog/virtual_log.hpp"
#include "wire/frame/message_limits.hpp"

namespace kera {

// Who decides about streams and producer ids.
enum class Authority : std::uint8_t {
    core,     // the core itself, which also remembers them on its disk
    control,  // the control plane, asked over the control rings
};

struct CoreLimits {
    std::uint32_t frame_bytes_max = 72U << 20U;
    std::uint32_t chunk_bytes_max = (64U << 20U) + (64U << 10U);
    std::uint32_t requests_in_flight_max = 256;
    std::int64_t credit_bytes_max = 1LL << 30U;
    std::uint32_t fetch_bytes_max = 64U << 20U;
    std::uint32_t fetch_wait_ms_max = 60'000;
    std::uint32_t fetch_entries_max = 8'192;
    // Entries of waiting fetches: of one connection, and of one reactor.
    std::uint32_t connection_fetch_entries_waiting_max = 32'768;
    std::uint32_t fetch_entries_waiting_max = 262'144;
    std::uint32_t subscriptions_max = 8'192;
    std::int32_t streamlets_max = kStreamletsMax;
    std::uint32_t streams_max = 65'536;
    // Producers that all lanes of the node remember. Fewer in a small arena: they live outside of
    // it, and may take a quarter of its size.
    std::int64_t producers_max = 262'144;
    // When nearly so many are known, producers that were idle for this long are forgotten.
    std::int64_t producer_idle_ms_min = 15LL * 60 * 1'000;
    // Changes of streams that are under way, and requests that wait for one.
    std::uint32_t stream_changes_max = 1'024;
};

struct CoreConfig {
    NodeId node{1};
    std::string node_name = "kera";
    // Empty: everything is in memory only.
    std::string data_folder;
    std::vector<std::string> listen;
    // Clients have to send it in Hello. Empty: they need none.
    std::string token;

    // So long somebody holds the memory of a process that was killed, for the next one of the data
    // folder. 0: nobody does.
    std::int64_t memory_kept_s = 600;

    std::uint64_t arena_bytes = 1ULL << 30U;
    PagePreference pages = PagePreference::best;
    bool touch_ahead = true;
    // The part of the arena for segments that are read back from disk.
    std::uint64_t loaded_bytes_max = 64ULL << 20U;

    std::int32_t reactor_count = 1;
    IdleKind idle = IdleKind::backoff;
    bool pin_reactors = false;
    Authority authority = Authority::core;
    std::uint64_t random_seed = 1;

    std::int64_t retention_interval_ms = 1'000;
    std::int64_t producer_expiry_ms = 24LL * 3'600 * 1'000;
    CoreLimits limits;

    // How much a reactor writes, where and when. Node and reactor are filled in for each reactor;
    // its backlog is bounded by the arena. Simulations make all of it small.
    VirtualLogOptions log;
    // How many messages may be on their way from one reactor to another, a power of two. More of
    // them wait at the sender.
    std::uint32_t mailbox_messages = 1'024;

    bool keeps_data() const noexcept { return !data_folder.empty(); }
    // Returns the first setting that is out of range.
    Result<void> check() const;
};

inline constexpr std::int32_t kReactorsMax = 62;

}  // namespace kera
