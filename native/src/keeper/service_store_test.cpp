#include "keeper/service_store.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/testing/lowered_limit.hpp"
#include "keeper/testing/text_memory.hpp"

namespace kera {
namespace {

// What systemd does with a service's notifications, as its manual says: it stores descriptors under
// their names, and gives all of them to the next process of the service.
class ServiceManager {
  public:
    ServiceManager() : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        // The kernel chooses an abstract name.
        EXPECT_EQ(::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(sa_family_t)),
                  0);
        socklen_t bytes = sizeof(address);
        EXPECT_EQ(::getsockname(socket_.get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
        name_ = "@" + std::string(address.sun_path + 1, bytes - sizeof(sa_family_t) - 1);
    }

    ServiceEnvironment start_service() {
        receive_all();
        ServiceEnvironment environment;
        environment.notify_socket = name_;
        environment.first_descriptor = next_descriptor_;
        for (const auto& [name, memory] : stored_) {
            environment.names += (environment.names.empty() ? "" : ":") + name;
            EXPECT_EQ(::dup2(memory.get(), next_descriptor_ + environment.descriptors),
                      next_descriptor_ + environment.descriptors);
            ++environment.descriptors;
        }
        next_descriptor_ += environment.descriptors;
        return environment;
    }
    std::size_t stored() {
        receive_all();
        return stored_.size();
    }
    void store(const std::string& name, FileDescriptor memory) {
        stored_.emplace(name, std::move(memory));
    }

  private:
    void receive_all() {
        std::array<char, 512> text{};
        alignas(cmsghdr) std::array<char, 64> control{};
        iovec words{text.data(), text.size()};
        msghdr message{};
        message.msg_iov = &words;
        message.msg_iovlen = 1;
        for (;;) {
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            const ssize_t bytes = ::recvmsg(socket_.get(), &message, MSG_CMSG_CLOEXEC);
            if (bytes < 0) {
                return;
            }
            carry_out(std::string(text.data(), static_cast<std::size_t>(bytes)),
                      CMSG_FIRSTHDR(&message));
        }
    }
    void carry_out(const std::string& text, const cmsghdr* header) {
        const std::string name = text.substr(text.find("FDNAME=") + 7);
        if (text.starts_with("FDSTOREREMOVE=1\n")) {
            stored_.erase(name);
            return;
        }
        ASSERT_TRUE(text.starts_with("FDSTORE=1\n")) << text;
        ASSERT_NE(header, nullptr);
        int descriptor = -1;
        std::memcpy(&descriptor, CMSG_DATA(header), sizeof(descriptor));
        stored_.emplace(name, FileDescriptor(descriptor));
    }

    FileDescriptor socket_;
    std::string name_;
    std::multimap<std::string, FileDescriptor> stored_;
    // Numbers that nothing else in this process uses.
    int next_descriptor_ = 500;
};

TEST(ServiceStoreTest, gives_the_next_process_of_the_service_what_the_last_one_has_kept) {
    ServiceManager manager;
    {
        ServiceStore store(manager.start_service());
        EXPECT_TRUE(store.take()->empty());
        const FileDescriptor chunks = memory_with("the chunks");
        const FileDescriptor tails = memory_with("their tails");
        ASSERT_TRUE(store.keep(chunks.get(), tails.get()).ok());
    }
    for (int process = 0; process < 2; ++process) {
        ServiceStore store(manager.start_service());
        const KeptMemory kept = store.take().value();
        ASSERT_FALSE(kept.empty());
        EXPECT_EQ(text_in(kept.chunks), "the chunks");
        EXPECT_EQ(text_in(kept.tails), "their tails");
    }
    ServiceStore store(manager.start_service());
    ASSERT_TRUE(store.drop().ok());
    EXPECT_TRUE(store.take()->empty());
    EXPECT_EQ(manager.stored(), 0U);
}

TEST(ServiceStoreTest, does_not_call_it_nothing_when_no_descriptor_is_free) {
    ServiceManager manager;
    {
        ServiceStore store(manager.start_service());
        const FileDescriptor memory = memory_with("memory");
        ASSERT_TRUE(store.keep(memory.get(), memory.get()).ok());
    }
    ServiceStore store(manager.start_service());
    {
        const LoweredLimit no_more(RLIMIT_NOFILE, 0);
        const Result<KeptMemory> kept = store.take();
        ASSERT_FALSE(kept.ok());
        EXPECT_EQ(kept.error().code, ErrorCode::limit_exceeded);
    }
    EXPECT_EQ(text_in(store.take()->chunks), "memory");
}

TEST(ServiceStoreTest, leaves_nothing_when_it_forgets_however_often_it_has_kept) {
    ServiceManager manager;
    ServiceStore store(manager.start_service());
    for (int time = 0; time < 3; ++time) {
        const FileDescriptor memory = memory_with("memory");
        ASSERT_TRUE(store.keep(memory.get(), memory.get()).ok());
        EXPECT_EQ(manager.stored(), 2U);
    }
    store.forget();
    EXPECT_EQ(manager.stored(), 0U);
}

TEST(ServiceStoreTest, leaves_the_descriptors_of_others_alone) {
    ServiceManager manager;
    manager.store("another", memory_with("another"));
    manager.store("kera-chunks", memory_with("chunks without their tails"));
    const ServiceEnvironment environment = manager.start_service();
    ServiceStore store(environment);
    EXPECT_TRUE(store.take()->empty());
    EXPECT_GE(::fcntl(environment.first_descriptor, F_GETFD), 0);
    ::close(environment.first_descriptor);
}

TEST(ServiceStoreTest, says_when_nobody_listens) {
    ServiceEnvironment environment;
    environment.notify_socket = "/absent/notify";
    ServiceStore store(environment);
    EXPECT_EQ(store.drop().error(), fail(ErrorCode::unsupported, "notify_errno", 0, ENOENT));
}

}  // namespace
}  // namespace kera
