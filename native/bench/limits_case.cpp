// Every limit of the machine by itself, for the record, and to check that the machine is normal.
// These rows have no target.
#include <array>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/disk_limits.hpp"
#include "bench/memory_limits.hpp"
#include "bench/tcp_limits.hpp"
#include "bench/touched_memory.hpp"

namespace kera::bench {

namespace {

class Limits final : public Case {
  public:
    explicit Limits(const Scale& scale)
        : scale_(scale), region_(scale.memory_bytes, Sharing::shared) {}

    std::vector<Metric> metrics() const override {
        return {{"copy_crc_16k", "GB/s", {}},  {"copy_crc_16k_private", "GB/s", {}},
                {"read_sum", "GB/s", {}},      {"tcp_64k", "GB/s", {}},
                {"tcp_stream", "GB/s", {}},    {"tcp_ping_p50", "us", {}},
                {"tcp_ping_p99", "us", {}},    {"fio_64k_sync8", "MB/s", {}},
                {"fio_64k_depth8", "MB/s", {}}};
    }

    std::string conditions() const override {
        return "region " + std::to_string(scale_.memory_bytes >> 20U) +
               " MiB of shared memory (private: anonymous, huge pages advised), source in L2; TCP "
               "over loopback, 64 KiB "
               "writes, ping of 100 B by two spinning threads; fio psync 64 KiB, fdatasync every 8";
    }

    Values ours() override {
        const Histogram ping = tcp_ping(100, scale_.round_ns);
        const TouchedMemory own(scale_.memory_bytes / 4, Sharing::own);
        return {copy_crc(region_),
                copy_crc(own),
                read_sum_gb_per_s(region_.bytes(), scale_.round_ns),
                tcp_stream_gb_per_s(kPlainStream, scale_.round_ns),
                fastest_tcp_stream_gb_per_s(scale_.round_ns),
                static_cast<double>(ping.percentile_ns(0.50)) / 1e3,
                static_cast<double>(ping.percentile_ns(0.99)) / 1e3,
                fio_write_and_sync_mb_per_s(scale_.folder, 64_KiB, 8, scale_.round_ns),
                fio_write_durably_mb_per_s(scale_.folder, 64_KiB, 8, scale_.round_ns)};
    }

  private:
    double copy_crc(const TouchedMemory& memory) const {
        const std::array<MutableBytes, 1> whole{memory.bytes()};
        return copy_crc_gb_per_s(whole, 16_KiB, scale_.round_ns);
    }

    Scale scale_;
    TouchedMemory region_;
};

}  // namespace

std::unique_ptr<Case> make_limits(const Scale& scale) {
    return std::make_unique<Limits>(scale);
}

}  // namespace kera::bench
