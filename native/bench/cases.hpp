// Makes each case; one file `<name>_case.cpp` each. Any thread.
#pragma once

#include <memory>

#include "bench/case.hpp"

namespace kera::bench {

std::unique_ptr<Case> make_limits(const Scale& scale);
std::unique_ptr<Case> make_append_core_16k(const Scale& scale);
std::unique_ptr<Case> make_append_core_16k_journal(const Scale& scale);
std::unique_ptr<Case> make_shm_produce_100b(const Scale& scale);
std::unique_ptr<Case> make_shm_produce_1k(const Scale& scale);
std::unique_ptr<Case> make_tcp_produce_1k(const Scale& scale);
std::unique_ptr<Case> make_shm_consume_1k(const Scale& scale);
std::unique_ptr<Case> make_tcp_consume_1k(const Scale& scale);
std::unique_ptr<Case> make_shm_ping(const Scale& scale);
std::unique_ptr<Case> make_tcp_ping(const Scale& scale);
std::unique_ptr<Case> make_streamlets_5000(const Scale& scale);
std::unique_ptr<Case> make_disk_acks_64k(const Scale& scale);
std::unique_ptr<Case> make_disk_ingest_1k(const Scale& scale);
std::unique_ptr<Case> make_recovery(const Scale& scale);
std::unique_ptr<Case> make_restart_after_kill(const Scale& scale);
std::unique_ptr<Case> make_idle(const Scale& scale);

}  // namespace kera::bench
