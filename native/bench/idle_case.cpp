// The processor time of an idle node with a thousand streamlets and ten connections.
#include <chrono>
#include <memory>
#include <thread>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"

namespace kera::bench {

namespace {

constexpr int kConnections = 10;
constexpr std::int32_t kStreamlets = 1000;

class Idle final : public Case {
  public:
    explicit Idle(const Scale& scale) : scale_(scale), node_(node_options(scale)) {
        for (int index = 0; index < kConnections; ++index) {
            sessions_.push_back(
                std::make_unique<Session>(index % 2 == 0 ? node_.shm_uri() : node_.tcp_uri()));
        }
        StreamSettings settings;
        settings.streamlets = kStreamlets;
        sessions_.front()->create_stream("idle", settings);
    }

    std::vector<Metric> metrics() const override {
        return {{"", "% of a core", {Bound::at_most, 1}}, {"memory", "MB", {}}};
    }

    std::string conditions() const override {
        return std::to_string(kStreamlets) + " streamlets, " + std::to_string(kConnections) +
               " connections, half of them shared memory and half TCP, over " +
               std::to_string(scale_.idle_ns / kNanosPerMilli) +
               " ms, idle strategy backoff, housekeeping every second, arena of 256 MiB, touched";
    }

    Values ours() override {
        const double from_s = node_.cpu_seconds();
        const std::int64_t from_ns = now_ns();
        std::this_thread::sleep_for(std::chrono::nanoseconds(scale_.idle_ns));
        const double used_s = node_.cpu_seconds() - from_s;
        const double spent_s = static_cast<double>(now_ns() - from_ns) * 1e-9;
        return {100 * used_s / spent_s, static_cast<double>(node_.resident_bytes()) / 1e6};
    }

  private:
    static NodeOptions node_options(const Scale& scale) {
        NodeOptions options;
        options.folder = scale.folder;
        options.retention_interval_ms = 1'000;
        return options;
    }

    Scale scale_;
    Node node_;
    std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace

std::unique_ptr<Case> make_idle(const Scale& scale) {
    return std::make_unique<Idle>(scale);
}

}  // namespace kera::bench
