// The conformance tests' world over TCP: one loopback listener on a free port.
#include "base/clock.hpp"
#include "transport/tcp/tcp_socket.hpp"
#include "transport/tcp/tcp_transport.hpp"
#include "transport/testing/transport_world.hpp"

namespace kera {
namespace {

class TcpWorld final : public TransportWorld {
  public:
    TcpWorld() : server_(TcpTransport::open(TcpOptions{}, clock_).value()) {
        uri_ = server_->listen({"tcp", "127.0.0.1:0"}).value();
        auto unused = open_tcp_listener({"127.0.0.1", 0}, false).value();
        nowhere_ = {"tcp", host_port_text(unused.bound)};
    }

    Transport& server() override { return *server_; }
    const Uri& server_uri() const override { return uri_; }
    Uri nowhere() const override { return nowhere_; }
    std::unique_ptr<Transport> make_client() override {
        return TcpTransport::open(TcpOptions{}, clock_).value();
    }

  private:
    SystemClock clock_;
    std::unique_ptr<TcpTransport> server_;
    Uri uri_;
    Uri nowhere_;
};

}  // namespace

std::unique_ptr<TransportWorld> make_tcp_world() {
    return std::make_unique<TcpWorld>();
}

}  // namespace kera
