// The environment of a real node: clock, sockets, shared memory, files, and the lock on its data
// folder. Any thread; the clock lives as long as the process.
#include <sys/random.h>

#include "base/check.hpp"
#include "base/log.hpp"
#include "broker/core/core.hpp"
#include "disk/data_lock.hpp"
#include "disk/thread_disk.hpp"
#include "keeper/keeper_process.hpp"
#include "keeper/service_store.hpp"
#include "transport/shm/shm_transport.hpp"
#include "transport/tcp/tcp_transport.hpp"

namespace kera {

namespace {

Result<std::unique_ptr<Transport>> open_tcp(const CoreConfig& config, const Clock& clock) {
    TcpOptions options;
    options.message_bytes_max = config.limits.frame_bytes_max;
    options.sends_when_flushed = true;
    options.reuse_port = config.reactor_count > 1;
    KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport, TcpTransport::open(options, clock));
    return transport;
}

Result<std::unique_ptr<Transport>> open_shm(const CoreConfig& config, const Clock& clock) {
    ShmOptions options;
    options.message_bytes_max = config.limits.frame_bytes_max;
    KERA_TRY_ASSIGN(std::unique_ptr<Transport> transport, ShmTransport::open(options, clock));
    return transport;
}

// Without a keeper a node works as well; only a kill may then cost it what the disk lacks.
std::unique_ptr<MemoryKeeper> find_keeper(const CoreConfig& config) {
    if (config.memory_kept_s == 0) {
        return nullptr;
    }
    const ServiceEnvironment service = ServiceEnvironment::of_this_process();
    if (!service.notify_socket.empty()) {
        return std::make_unique<ServiceStore>(service);
    }
    Result<std::unique_ptr<KeeperProcess>> keeper =
        KeeperProcess::reach(config.data_folder, config.memory_kept_s);
    if (!keeper.ok()) {
        log(LogLevel::warn, "memory_not_kept", {{"error", keeper.error()}});
        return nullptr;
    }
    return std::move(keeper).value();
}

std::uint64_t draw_seed() {
    std::uint64_t seed = 0;
    const ssize_t drawn = ::getrandom(&seed, sizeof(seed), 0);
    KERA_ASSERT(drawn == sizeof(seed), drawn);
    return seed;
}

}  // namespace

CoreEnvironment native_environment(const CoreConfig& config) {
    static const SystemClock clock;
    CoreEnvironment environment;
    environment.clock = &clock;
    environment.random_seed = draw_seed();
    environment.make_transport = [config](const Uri& uri,
                                          ReactorId) -> Result<std::unique_ptr<Transport>> {
        if (uri.scheme == "tcp") {
            return open_tcp(config, clock);
        }
        if (uri.scheme == "shm") {
            return open_shm(config, clock);
        }
        return fail(ErrorCode::unsupported, "listen_scheme");
    };
    environment.make_disk = [config](ReactorId) -> Result<std::unique_ptr<Disk>> {
        KERA_TRY_ASSIGN(std::unique_ptr<Disk> disk, ThreadDisk::open({config.data_folder}));
        return disk;
    };
    environment.lock_data = [folder = config.data_folder,
                             held = std::make_shared<std::optional<DataLock>>()]() -> Result<void> {
        KERA_TRY_ASSIGN(DataLock lock, DataLock::acquire(folder));
        held->emplace(std::move(lock));
        return {};
    };
    environment.find_keeper = [config] { return find_keeper(config); };
    return environment;
}

}  // namespace kera
