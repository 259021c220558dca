#include "keeper/service_store.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>

#include "base/descriptor_message.hpp"

namespace kera {

namespace {

constexpr std::string_view kChunksName = "kera-chunks";
constexpr std::string_view kTailsName = "kera-tails";

Error no_store(const char* what, int error_number) noexcept {
    return fail(ErrorCode::unsupported, what, 0, error_number);
}

std::string variable(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? std::string() : std::string(value);
}

// 0: it is not there, or not a number.
std::int64_t number_in(const char* name) {
    const std::string text = variable(name);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

FileDescriptor same_memory(const FileDescriptor& memory) {
    return FileDescriptor(::fcntl(memory.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace

ServiceEnvironment ServiceEnvironment::of_this_process() {
    ServiceEnvironment environment;
    environment.notify_socket = variable("NOTIFY_SOCKET");
    // They are this process's once. After that, the numbers may be of anything.
    static std::atomic<bool> taken{false};
    if (number_in("LISTEN_PID") == ::getpid() && !taken.exchange(true)) {
        environment.descriptors = static_cast<int>(number_in("LISTEN_FDS"));
        environment.names = variable("LISTEN_FDNAMES");
    }
    return environment;
}

ServiceStore::ServiceStore(const ServiceEnvironment& environment)
    : notify_socket_(environment.notify_socket) {
    std::string_view names = environment.names;
    for (int at = 0; at < environment.descriptors; ++at) {
        const std::string_view name = names.substr(0, names.find(':'));
        names.remove_prefix(std::min(names.size(), name.size() + 1));
        FileDescriptor* const mine = name == kChunksName  ? &kept_.chunks
                                     : name == kTailsName ? &kept_.tails
                                                          : nullptr;
        if (mine != nullptr) {
            mine->reset(environment.first_descriptor + at);
            ::fcntl(mine->get(), F_SETFD, FD_CLOEXEC);
        }
    }
    if (!kept_.tails.open()) {
        kept_.chunks.reset();
    }
}

Result<void> ServiceStore::tell(const std::string& text, std::span<const int> descriptors) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (notify_socket_.size() >= sizeof(address.sun_path)) {
        return no_store("notify_socket_errno", ENAMETOOLONG);
    }
    notify_socket_.copy(address.sun_path, notify_socket_.size());
    if (address.sun_path[0] == '@') {
        address.sun_path[0] = '\0';
    }
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    const auto address_bytes =
        static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + notify_socket_.size());
    if (send_message(socket.get(), std::as_bytes(std::span(text)), descriptors, 0, &address,
                     address_bytes) < 0) {
        return no_store("notify_errno", errno);
    }
    return {};
}

Result<KeptMemory> ServiceStore::take() {
    if (kept_.empty()) {
        return KeptMemory();
    }
    KeptMemory kept{same_memory(kept_.chunks), same_memory(kept_.tails)};
    if (!kept.chunks.open() || !kept.tails.open()) {
        return fail(ErrorCode::limit_exceeded, "kept_descriptors_errno", 0, errno);
    }
    return kept;
}

Result<void> ServiceStore::drop() {
    kept_ = {};
    KERA_TRY(tell("FDSTOREREMOVE=1\nFDNAME=" + std::string(kChunksName), {}));
    return tell("FDSTOREREMOVE=1\nFDNAME=" + std::string(kTailsName), {});
}

Result<void> ServiceStore::keep(int chunks, int tails) {
    KERA_TRY(drop());
    // A node that is killed between the two has acknowledged nothing yet.
    KERA_TRY(tell("FDSTORE=1\nFDNAME=" + std::string(kTailsName), {&tails, 1}));
    return tell("FDSTORE=1\nFDNAME=" + std::string(kChunksName), {&chunks, 1});
}

void ServiceStore::forget() noexcept {
    static_cast<void>(drop());
}

}  // namespace kera
