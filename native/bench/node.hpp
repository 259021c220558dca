// A broker core in a process of its own, as users run it: listens on shared memory and on TCP.
// One thread; owns the process, its socket's folder, and nothing of its data folder.
// Invariant: the constructor returns when the node answers and every page of its arena is there.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/child_process.hpp"
#include "broker/config/core_config.hpp"

namespace kera::bench {

struct NodeOptions {
    std::uint64_t arena_bytes = 256U << 20U;
    std::string folder;       // for the socket; must exist
    std::string data_folder;  // empty: in memory only
    IdleKind idle = IdleKind::backoff;
    bool touched = true;
    std::int64_t retention_interval_ms = 10;
};

class Node {
  public:
    explicit Node(const NodeOptions& options);

    const std::string& shm_uri() const noexcept { return shm_uri_; }
    const std::string& tcp_uri() const noexcept { return tcp_uri_; }
    const std::string& pages() const noexcept { return pages_; }
    // What start-up with its recovery took, as the node saw it; without touching memory.
    double open_seconds() const noexcept { return open_seconds_; }

    double cpu_seconds() const;
    std::uint64_t resident_bytes() const;
    std::uint64_t peak_resident_bytes() const;
    // Of the pool's segments, asked of the node itself.
    std::uint64_t pool_used_bytes();
    void kill_at_once() { process_.kill_at_once(); }

  private:
    ChildProcess process_;
    std::string shm_uri_;
    std::string tcp_uri_;
    std::string pages_;
    double open_seconds_ = 0;
};

// The other side: what the child does with the words that Node gave it.
inline constexpr const char* kServeWord = "--serve";
int serve_node(const std::vector<std::string>& words);

}  // namespace kera::bench
