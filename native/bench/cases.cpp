// The table: every case by name, in printed order. Any thread.
#include "bench/cases.hpp"

namespace kera::bench {

const std::vector<CaseEntry>& all_cases() {
    static const std::vector<CaseEntry> cases = {
        {"limits", make_limits},
        {"append_core_16k", make_append_core_16k},
        {"append_core_16k_journal", make_append_core_16k_journal},
        {"shm_produce_100b", make_shm_produce_100b},
        {"shm_produce_1k", make_shm_produce_1k},
        {"tcp_produce_1k", make_tcp_produce_1k},
        {"shm_consume_1k", make_shm_consume_1k},
        {"tcp_consume_1k", make_tcp_consume_1k},
        {"shm_ping", make_shm_ping},
        {"tcp_ping", make_tcp_ping},
        {"streamlets_5000", make_streamlets_5000},
        {"disk_acks_64k", make_disk_acks_64k},
        {"disk_ingest_1k", make_disk_ingest_1k},
        {"recovery", make_recovery},
        {"restart_after_kill", make_restart_after_kill},
        {"idle", make_idle},
    };
    return cases;
}

}  // namespace kera::bench
