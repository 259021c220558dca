// A disk in virtual time, with every fault that disks are known for, from one seed.
// One thread; borrows clock, random numbers and media, which outlive it. An operation completes
// when the clock has reached its end. Invariant: a crash of the media keeps what was reported as
// durable, unless a test asked for the fault.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/random.hpp"
#include "disk/disk.hpp"
#include "disk/sim_faults.hpp"
#include "disk/sim_files.hpp"
#include "disk/sim_media.hpp"

namespace kera {

struct SimDiskOptions {
    SimDiskFaults faults;
    std::int64_t operation_ns = 50'000;
    std::int64_t sync_ns = 200'000;
    double ns_per_byte = 1.0;
    // As a file system without O_DIRECT: direct files work as the others do.
    bool refuses_direct = false;
    // Told of each operation before it is carried out.
    std::function<void(const DiskOperation&)> on_operation;
    // See SimDisk::die_after().
    std::uint64_t changes_before_death = UINT64_MAX;
};

class SimDisk final : public Disk {
  public:
    SimDisk(SimMedia& media, const Clock& clock, Random& random, SimDiskOptions options = {});

    int poll() override;
    // Completes everything, whatever the clock says.
    void drain() override;
    std::size_t in_flight() const noexcept override { return in_flight_; }
    std::int64_t next_deadline_ns() const noexcept override;
    int park_fd() const noexcept override { return -1; }
    bool prepare_park() noexcept override { return next_deadline_ns() > clock_.now_ns(); }

    Result<MappedFile> map(const std::string& path) override;
    Result<std::vector<FolderEntry>> list(const std::string& folder) override;
    Result<void> make_folders_now(const std::string& path) override;
    Result<void> replace_now(const std::string& path, Bytes content) override;
    Result<void> truncate_now(const std::string& path, std::uint64_t bytes) override;
    Result<void> rename_now(const std::string& from, const std::string& to) override;
    Result<void> remove_now(const std::string& path) override;
    Result<void> remove_tree_now(const std::string& path) override;
    Result<DiskSpace> space() const override;
    DirectFiles direct_files() const noexcept override { return direct_files_; }

    SimDiskFaults& faults() noexcept { return options_.faults; }
    // Times hold for operations that are started from now on.
    SimDiskOptions& options() noexcept { return options_; }
    // See SimFaults.
    void fail_next(DiskAction action, ErrorCode code, int count = 1) {
        injected_.fail_next(action, code, count);
    }
    void spoil_next_write(WriteFault fault) { injected_.spoil_next_write(fault); }
    const SimFaultCounts& fault_counts() noexcept { return injected_.counts(); }
    void die_after(std::uint64_t changes) noexcept { injected_.die_after(changes); }
    // Operations in flight may have arrived in part. Then the disk is dead; the caller crashes the
    // media.
    void crash();

  private:
    struct Pending {
        DiskOperation operation;
        std::int64_t due_ns;
        std::shared_ptr<SimFile> file;  // which may be closed meanwhile
    };
    struct Opened {
        std::shared_ptr<SimFile> file;
        OpenedFile as;
    };

    void start(DiskOperation&& operation) override;
    OpenedFile opened(FileId file) const override;
    // Direct reads run beside each other: each waits in the queue that is free first. The reads of
    // other files do not, here.
    std::deque<Pending>& queue_of(const DiskOperation& operation);
    void complete_first(std::deque<Pending>& queue);
    std::deque<Pending>* next_due();
    std::int64_t duration_ns(const DiskOperation& operation);

    Result<std::uint64_t> carry_out(const DiskOperation& operation, SimFile* file);
    Result<std::uint64_t> on_path(const DiskOperation& operation);
    Result<std::uint64_t> open_file(const FileSpec& spec);
    Result<std::uint64_t> on_file(const DiskOperation& operation, SimFile& file);

    SimMedia& media_;
    const Clock& clock_;
    Random& random_;
    SimDiskOptions options_;
    SimFaults injected_;
    SimFiles files_;
    // One for each use. Those behind `reading` are for direct reads, too.
    std::array<std::deque<Pending>, kFileUses - 1 + kReadsAtOnce> queues_;
    std::size_t in_flight_ = 0;
    DirectFiles direct_files_ = DirectFiles::untried;
    std::map<FileId, Opened> opened_;
    std::int32_t next_file_ = 1;
};

}  // namespace kera
