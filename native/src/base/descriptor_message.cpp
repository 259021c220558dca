#include "base/descriptor_message.hpp"

#include <array>

#include "base/check.hpp"

namespace kera {

namespace {

struct alignas(cmsghdr) DescriptorRoom {
    std::array<std::byte, CMSG_SPACE(sizeof(int) * kMessageDescriptorsMax)> bytes{};
};

}  // namespace

ssize_t send_message(int socket, Bytes bytes, std::span<const int> descriptors, int flags,
                     const sockaddr_un* to, socklen_t to_bytes) {
    KERA_ASSERT(descriptors.size() <= kMessageDescriptorsMax, descriptors.size());
    iovec vector{const_cast<std::byte*>(bytes.data()), bytes.size()};
    DescriptorRoom control;
    msghdr message{};
    message.msg_name = const_cast<sockaddr_un*>(to);
    message.msg_namelen = to_bytes;
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    if (!descriptors.empty()) {
        message.msg_control = control.bytes.data();
        message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* header = CMSG_FIRSTHDR(&message);
        header->cmsg_level = SOL_SOCKET;
        header->cmsg_type = SCM_RIGHTS;
        header->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        copy_bytes(reinterpret_cast<std::byte*>(CMSG_DATA(header)),
                   std::as_bytes(descriptors).data(), descriptors.size_bytes());
    }
    return ::sendmsg(socket, &message, flags | MSG_NOSIGNAL);
}

ReceivedMessage receive_message(int socket, MutableBytes into, std::size_t descriptors_max,
                                int flags) {
    KERA_ASSERT(descriptors_max <= kMessageDescriptorsMax, descriptors_max);
    iovec vector{into.data(), into.size()};
    DescriptorRoom control;
    msghdr message{};
    message.msg_iov = &vector;
    message.msg_iovlen = 1;
    message.msg_control = descriptors_max > 0 ? control.bytes.data() : nullptr;
    message.msg_controllen = descriptors_max > 0 ? CMSG_SPACE(sizeof(int) * descriptors_max) : 0;
    ReceivedMessage received;
    received.bytes = ::recvmsg(socket, &message, flags | MSG_CMSG_CLOEXEC);
    if (received.bytes < 0) {
        return received;
    }
    for (cmsghdr* header = CMSG_FIRSTHDR(&message); header != nullptr;
         header = CMSG_NXTHDR(&message, header)) {
        if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) {
            continue;
        }
        const std::size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        const auto* data = reinterpret_cast<const std::byte*>(CMSG_DATA(header));
        for (std::size_t index = 0; index < count; ++index) {
            received.descriptors.emplace_back(load_le<int>(data + index * sizeof(int)));
        }
    }
    received.cut = (message.msg_flags & MSG_TRUNC) != 0 ||
                   (descriptors_max > 0 && (message.msg_flags & MSG_CTRUNC) != 0);
    return received;
}

}  // namespace kera
