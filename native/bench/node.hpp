// A broker core in a process of its own, as users run it. It listens on shared memory and on TCP.
// One thread; owns the process and its socket's folder, but not its data folder. Invariant: the
// constructor returns when the node answers and every page of its arena is present.
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
    // How long the start took with recovery, measured by the node, without touching memory.
    double open_seconds() const noexcept { return open_seconds_; }

    double cpu_seconds() const;
    std::uint64_t resident_bytes() const;
    std::uint64_t peak_resident_bytes() const;
    // The bytes that the segment pool has given out, as the node reports them.
    std::uint64_t pool_used_bytes();
    void kill_at_once() { process_.kill_at_once(); }
    void pause() noexcept { process_.pause(); }
    void resume() noexcept { process_.resume(); }

  private:
    ChildProcess process_;
    std::string shm_uri_;
    std::string tcp_uri_;
    std::string pages_;
    double open_seconds_ = 0;
};

// While this lives, the node does not run: a reactor that spins would take the cores from a limit
// with two threads.
class PausedNode {
  public:
    explicit PausedNode(Node& node) noexcept : node_(node) { node_.pause(); }
    PausedNode(const PausedNode&) = delete;
    PausedNode& operator=(const PausedNode&) = delete;
    ~PausedNode() { node_.resume(); }

  private:
    Node& node_;
};

// For the child: what it does with the arguments from Node.
inline constexpr const char* kServeWord = "--serve";
int serve_node(const std::vector<std::string>& words);

}  // namespace kera::bench
