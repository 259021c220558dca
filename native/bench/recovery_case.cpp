// Kills a node that has its data on disk and starts it again: how fast it recovers acknowledged
// data, with every chunk verified. Each round writes the data again, so that no round profits from
// the one before. The limit is every core reading the same files where they are mapped.
#include <filesystem>
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/disk_limits.hpp"
#include "bench/node.hpp"
#include "bench/session.hpp"
#include "client/open/admin.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kRecoveryValueBytes = 1_KiB;

class Recovery final : public Case {
  public:
    explicit Recovery(const Scale& scale)
        : scale_(scale), data_folder_(scale.folder + "/recovery") {}

    std::vector<Metric> metrics() const override {
        return {{"", "GB/s", {Bound::at_least, 1.5}}, {"seconds", "s", {}}};
    }

    std::string conditions() const override {
        return std::to_string(scale_.disk_bytes >> 20U) +
               " MiB of 1 KiB records in chunks of 64 KiB, one streamlet, acked `disk`, node "
               "killed "
               "with SIGKILL after the last acknowledgement, when all of it was still in memory; "
               "files still in the page cache; from opening the core until it listens, arena not "
               "touched ahead; the end offset is compared; limit: summing the files where they are "
               "mapped, one thread for each core";
    }

    Values ours() override {
        std::filesystem::remove_all(data_folder_);
        const std::uint64_t records = scale_.disk_bytes / kRecoveryValueBytes;
        StreamId stream;
        {
            Node node(node_options());
            Session session(node.shm_uri());
            stream = session.create_stream("recovered", StreamSettings{});
            session.fill(stream, kRecoveryValueBytes, records * kRecoveryValueBytes,
                         AckLevel::disk);
            node.kill_at_once();
        }
        Node node(node_options());
        Session session(node.shm_uri());
        const Offset end =
            must(Admin(session.client()).list_offset(stream, StreamletId(0), ListOffsets::kLatest),
                 "list offset");
        if (end.value() != static_cast<std::int64_t>(records)) {
            fail_bench("recovered end=" + std::to_string(end.value()) +
                       " wanted=" + std::to_string(records));
        }
        return {static_cast<double>(records * kRecoveryValueBytes) * 1e-9 / node.open_seconds(),
                node.open_seconds()};
    }

    std::string limit_name() const override { return "mapped read"; }

    Values limit() override {
        if (!std::filesystem::exists(data_folder_)) {
            return {kNotMeasured};
        }
        return {read_files_gb_per_s(data_folder_)};
    }

  private:
    NodeOptions node_options() const {
        NodeOptions options;
        options.folder = scale_.folder;
        options.data_folder = data_folder_;
        options.arena_bytes = scale_.disk_bytes + scale_.disk_bytes / 2;
        options.touched = false;
        return options;
    }

    Scale scale_;
    std::string data_folder_;
};

}  // namespace

std::unique_ptr<Case> make_recovery(const Scale& scale) {
    return std::make_unique<Recovery>(scale);
}

}  // namespace kera::bench
