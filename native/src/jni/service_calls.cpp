// Tells the program that runs this process as a service (systemd) how it goes: one datagram of text
// to a socket, as sd_notify does. Java has no such sockets. Any thread; keeps nothing.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <string>

#include "jni/native_table.hpp"

namespace kera::jni {

namespace {

// A service manager that hangs must not hold up a node that stops.
constexpr timeval kPatience{.tv_sec = 1, .tv_usec = 0};

std::string text_of(JNIEnv* env, jbyteArray array) {
    std::string text(static_cast<std::size_t>(env->GetArrayLength(array)), '\0');
    env->GetByteArrayRegion(array, 0, static_cast<jsize>(text.size()),
                            reinterpret_cast<jbyte*>(text.data()));
    return text;
}

// 0, or why the datagram was not sent. A name that begins with @ is in no folder.
int send_datagram(const std::string& name, const std::string& text) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (name.empty() || name.size() >= sizeof(address.sun_path)) {
        return ENAMETOOLONG;
    }
    std::copy(name.begin(), name.end(), std::begin(address.sun_path));
    if (name.front() == '@') {
        address.sun_path[0] = '\0';
    }
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) {
        return errno;
    }
    ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kPatience, sizeof(kPatience));
    const auto bytes = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    const ssize_t sent = ::sendto(socket, text.data(), text.size(), MSG_NOSIGNAL,
                                  reinterpret_cast<const sockaddr*>(&address), bytes);
    const int refused = sent < 0 ? errno : 0;
    ::close(socket);
    return refused;
}

jint notify_service(JNIEnv* env, jclass, jbyteArray socket, jbyteArray text) {
    if (socket == nullptr || text == nullptr) {
        return EINVAL;
    }
    return send_datagram(text_of(env, socket), text_of(env, text));
}

}  // namespace

std::span<const JNINativeMethod> service_table() {
    static const std::array table{
        native_method("notifyService", "([B[B)I", &notify_service),
    };
    return table;
}

}  // namespace kera::jni
