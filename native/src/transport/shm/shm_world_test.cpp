// The conformance tests' world over shared memory: a node and its clients, all in this process.
#include "base/clock.hpp"
#include "base/testing/temp_folder.hpp"
#include "transport/shm/shm_transport.hpp"
#include "transport/testing/transport_world.hpp"

namespace kera {
namespace {

class ShmWorld final : public TransportWorld {
  public:
    ShmWorld() : server_(ShmTransport::open(ShmOptions{}, clock_).value()) {
        uri_ = server_->listen({"shm", folder_.file("node.sock")}).value();
    }

    Transport& server() override { return *server_; }
    const Uri& server_uri() const override { return uri_; }
    Uri nowhere() const override { return {"shm", folder_.file("nobody.sock")}; }
    std::unique_ptr<Transport> make_client() override {
        return ShmTransport::open(ShmOptions{}, clock_).value();
    }

  private:
    TempFolder folder_;
    SystemClock clock_;
    std::unique_ptr<ShmTransport> server_;
    Uri uri_;
};

}  // namespace

std::unique_ptr<TransportWorld> make_shm_world() {
    return std::make_unique<ShmWorld>();
}

}  // namespace kera
