#include "keeper/keeper_process.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <span>
#include <utility>

#include "base/descriptor_message.hpp"
#include "keeper/keeper_program.hpp"
#include "keeper/keeper_protocol.hpp"

namespace kera {

namespace {

constexpr std::int64_t kAnswerSeconds = 10;

Error no_keeper(const char* what, int error_number) noexcept {
    return fail(ErrorCode::unsupported, what, 0, error_number);
}

// A socket's path may have 107 characters, a data folder's name more. So it goes by a descriptor.
sockaddr_un socket_address(const FileDescriptor& folder) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string path =
        "/proc/self/fd/" + std::to_string(folder.get()) + "/" + KERA_KEEPER_SOCKET;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    return address;
}

Result<FileDescriptor> open_keeper_socket() {
    FileDescriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0));
    const timeval answer_time{kAnswerSeconds, 0};
    // The second one is for connect(), which would wait for a keeper that does not run.
    if (!socket.open() ||
        ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &answer_time, sizeof(answer_time)) !=
            0 ||
        ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &answer_time, sizeof(answer_time)) !=
            0) {
        return no_keeper("keeper_socket_errno", errno);
    }
    return socket;
}

// Ours, root's, or of the user whose data it is: whoever may write to the folder could as well
// write to its journal.
bool is_trusted(int socket, const FileDescriptor& folder) noexcept {
    ucred peer{};
    socklen_t bytes = sizeof(peer);
    struct stat status{};
    return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &bytes) == 0 &&
           ::fstat(folder.get(), &status) == 0 &&
           (peer.uid == ::geteuid() || peer.uid == 0 || peer.uid == status.st_uid);
}

// None: no keeper is there.
Result<FileDescriptor> connect_to_keeper(const FileDescriptor& folder) {
    KERA_TRY_ASSIGN(FileDescriptor socket, open_keeper_socket());
    const sockaddr_un address = socket_address(folder);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    if (::connect(socket.get(), generic, sizeof(address)) != 0) {
        if (errno == ENOENT || errno == ECONNREFUSED) {
            return FileDescriptor();
        }
        return no_keeper("keeper_connect_errno", errno);
    }
    if (!is_trusted(socket.get(), folder)) {
        return no_keeper("keeper_user_errno", EPERM);
    }
    return socket;
}

Result<void> begin_keeper(const FileDescriptor& folder, const std::string& data_folder,
                          std::int64_t seconds) {
    // The name of a keeper that was killed.
    ::unlinkat(folder.get(), KERA_KEEPER_SOCKET, 0);
    KERA_TRY_ASSIGN(const FileDescriptor listener, open_keeper_socket());
    const sockaddr_un address = socket_address(folder);
    const auto* generic = reinterpret_cast<const sockaddr*>(&address);
    // Before bind(), so that the file has this mode from its first moment.
    if (::fchmod(listener.get(), S_IRUSR | S_IWUSR) != 0 ||
        ::bind(listener.get(), generic, sizeof(address)) != 0 || ::listen(listener.get(), 1) != 0) {
        return no_keeper("keeper_bind_errno", errno);
    }
    const std::unique_ptr<char, decltype(&std::free)> path(::realpath(data_folder.c_str(), nullptr),
                                                           &std::free);
    if (path == nullptr) {
        return no_keeper("keeper_path_errno", errno);
    }
    Result<void> started =
        start_keeper(listener.get(), std::string(path.get()) + "/" + KERA_KEEPER_SOCKET, seconds);
    if (!started.ok()) {
        ::unlinkat(folder.get(), KERA_KEEPER_SOCKET, 0);
    }
    return started;
}

}  // namespace

KeeperProcess::KeeperProcess(FileDescriptor socket, FileDescriptor folder) noexcept
    : socket_(std::move(socket)), folder_(std::move(folder)) {}

Result<std::unique_ptr<KeeperProcess>> KeeperProcess::reach(const std::string& data_folder,
                                                            std::int64_t seconds) {
    FileDescriptor folder(::open(data_folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!folder.open()) {
        return no_keeper("keeper_folder_errno", errno);
    }
    KERA_TRY_ASSIGN(FileDescriptor socket, connect_to_keeper(folder));
    if (!socket.open()) {
        KERA_TRY(begin_keeper(folder, data_folder, seconds));
        KERA_TRY_ASSIGN(socket, connect_to_keeper(folder));
    }
    if (!socket.open()) {
        return no_keeper("keeper_connect_errno", ECONNREFUSED);
    }
    return std::unique_ptr<KeeperProcess>(new KeeperProcess(std::move(socket), std::move(folder)));
}

Result<KeptMemory> KeeperProcess::ask(char word, std::span<const int> descriptors) {
    if (send_message(socket_.get(), std::as_bytes(std::span(&word, 1)), descriptors) != 1) {
        return no_keeper("keeper_send_errno", errno);
    }
    char said = 0;
    ReceivedMessage answer = receive_message(
        socket_.get(), std::as_writable_bytes(std::span(&said, 1)), KERA_KEPT_DESCRIPTORS);
    if (answer.bytes != 1 || said != word) {
        return no_keeper("keeper_answer_errno", answer.bytes < 0 ? errno : 0);
    }
    // Without free descriptors here, what the keeper sends is cut off. It is not nothing.
    if (answer.cut) {
        return fail(ErrorCode::limit_exceeded, "keeper_descriptors_errno", 0, EMFILE);
    }
    if (answer.descriptors.empty()) {
        return KeptMemory();
    }
    if (answer.descriptors.size() != KERA_KEPT_DESCRIPTORS) {
        return no_keeper("keeper_descriptors_errno", EPROTO);
    }
    return KeptMemory{std::move(answer.descriptors[0]), std::move(answer.descriptors[1])};
}

Result<KeptMemory> KeeperProcess::take() {
    return ask(KERA_KEEPER_TAKE, {});
}

Result<void> KeeperProcess::drop() {
    KERA_TRY(ask(KERA_KEEPER_DROP, {}));
    return {};
}

Result<void> KeeperProcess::keep(int chunks, int tails) {
    const std::array<int, KERA_KEPT_DESCRIPTORS> descriptors{chunks, tails};
    KERA_TRY(ask(KERA_KEEPER_KEEP, descriptors));
    return {};
}

void KeeperProcess::forget() noexcept {
    const char word = KERA_KEEPER_FORGET;
    ::unlinkat(folder_.get(), KERA_KEEPER_SOCKET, 0);
    // A keeper that does not get this ends by itself: its name is gone.
    static_cast<void>(::send(socket_.get(), &word, 1, MSG_NOSIGNAL));
    socket_.reset();
}

}  // namespace kera
