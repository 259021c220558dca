// A keeper for a node that a service manager runs: systemd's store of descriptors, which outlives
// the service's processes (FileDescriptorStoreMax= in its unit). A keeper process would be killed
// there with the node. One thread.
#pragma once

#include <span>
#include <string>

#include "keeper/memory_keeper.hpp"

namespace kera {

// What a service manager tells a process in its environment.
struct ServiceEnvironment {
    // $NOTIFY_SOCKET: a path, or a name behind '@'. Empty: no service manager runs this process.
    std::string notify_socket;
    // $LISTEN_FDS and $LISTEN_FDNAMES, if $LISTEN_PID is this process: the descriptors from
    // `first_descriptor` on, and their names with colons between them.
    int descriptors = 0;
    std::string names;
    int first_descriptor = 3;

    // The descriptors come with the first call alone.
    static ServiceEnvironment of_this_process();
};

class ServiceStore final : public MemoryKeeper {
  public:
    // REQUIRES: a notify_socket. Takes the descriptors that are the node's.
    explicit ServiceStore(const ServiceEnvironment& environment);

    Result<KeptMemory> take() override;
    Result<void> drop() override;
    Result<void> keep(int chunks, int tails) override;
    void forget() noexcept override;

  private:
    Result<void> tell(const std::string& text, std::span<const int> descriptors) const;

    const std::string notify_socket_;
    KeptMemory kept_;
};

}  // namespace kera
