// Checks that the settings of a core are in range. Any thread.
#include "broker/config/core_config.hpp"

#include "broker/config/range.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

Result<void> CoreConfig::check() const {
    constexpr std::int64_t kMany = std::int64_t{1} << 46U;
    constexpr std::int64_t kKeptSecondsMax = 24LL * 3'600;
    KERA_TRY(check_range("reactor_count", reactor_count, 1, kReactorsMax));
    KERA_TRY(check_range("arena_bytes", static_cast<std::int64_t>(arena_bytes),
                         static_cast<std::int64_t>(2_MiB), kMany));
    KERA_TRY(check_range("node_name_bytes", static_cast<std::int64_t>(node_name.size()), 1, 255));
    KERA_TRY(check_range("frame_bytes_max", limits.frame_bytes_max, 65'536, 1LL << 30U));
    KERA_TRY(check_range("requests_in_flight_max", limits.requests_in_flight_max, 1, 65'536));
    KERA_TRY(check_range("mailbox_messages", mailbox_messages, 1, 1 << 20));
    if (!is_power_of_two(mailbox_messages)) {
        return fail(ErrorCode::invalid_argument, "mailbox_messages_power_of_two", 0,
                    mailbox_messages);
    }
    KERA_TRY(check_range("fetch_entries_max", limits.fetch_entries_max, 1,
                         static_cast<std::int64_t>(kGroupEntriesMax)));
    // The largest answer to a fetch is a head and one chunk.
    const std::int64_t head_bytes = FetchAnswer::head_bytes(limits.fetch_entries_max);
    KERA_TRY(check_range("chunk_bytes_max", limits.chunk_bytes_max, 4'096,
                         std::int64_t{limits.frame_bytes_max} - head_bytes));
    KERA_TRY(check_range("streamlets_max", limits.streamlets_max, 1, kStreamletsMax));
    KERA_TRY(check_range("token_bytes", static_cast<std::int64_t>(token.size()), 0,
                         static_cast<std::int64_t>(kHelloTextBytesMax)));
    KERA_TRY(check_range("producers_max", limits.producers_max, 1, 1LL << 30U));
    KERA_TRY(check_range("memory_kept_s", memory_kept_s, 0, kKeptSecondsMax));
    KERA_TRY(check_range("retention_interval_ms", retention_interval_ms, 1, 3'600'000));
    return {};
}

}  // namespace kera
