// The conformance tests' world in simulation, without faults and with many.
#include "transport/sim/sim_net.hpp"
#include "transport/sim/sim_transport.hpp"
#include "transport/testing/transport_world.hpp"

namespace kera {
namespace {

class SimWorld final : public TransportWorld {
  public:
    SimWorld(const LinkFaults& faults, const SimOptions& options) : net_(2024), options_(options) {
        net_.set_faults(faults);
        server_ = net_.open("node1", options_);
        uri_ = server_->listen({"sim", "node1"}).value();
    }

    Transport& server() override { return *server_; }
    const Uri& server_uri() const override { return uri_; }
    Uri nowhere() const override { return {"sim", "nobody"}; }
    std::unique_ptr<Transport> make_client() override {
        return net_.open("client" + std::to_string(++clients_), options_);
    }
    void step() override { net_.step(); }

  private:
    SimNet net_;
    SimOptions options_;
    std::unique_ptr<SimTransport> server_;
    Uri uri_;
    int clients_ = 0;
};

}  // namespace

std::unique_ptr<TransportWorld> make_sim_world() {
    return std::make_unique<SimWorld>(LinkFaults{}, SimOptions{});
}

std::unique_ptr<TransportWorld> make_sim_world_in_pieces() {
    LinkFaults faults;
    faults.release_delay_ns_max = 5 * kNanosPerMilli;
    faults.bytes_per_second = 100'000'000;
    SimOptions options;
    options.in_pieces = true;
    return std::make_unique<SimWorld>(faults, options);
}

}  // namespace kera
