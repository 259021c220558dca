// A disk in virtual time, with every fault a disk is known for, from one seed.
// One thread; borrows clock, random numbers and media, which outlive it. Completions come when the
// clock has got there. Invariant: what a completion has reported as durable, a crash of the media
// keeps, unless the fault was asked for.
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
#include "disk/sim_media.hpp"

namespace kera {

struct SimDiskFaults {
    double read_error = 0;  // probabilities per operation
    double write_error = 0;
    double sync_error = 0;   // of syncs and durable writes: some of the bytes never arrive
    double other_error = 0;  // open, rename, remove, replace, truncate
    bool throws = false;     // beginning an operation throws, as if the heap were exhausted
};

struct SimDiskOptions {
    SimDiskFaults faults;
    std::int64_t operation_ns = 50'000;
    std::int64_t sync_ns = 200'000;
    double ns_per_byte = 1.0;
    // Told of each operation before it is carried out.
    std::function<void(const DiskOperation&)> on_operation;
    // See SimDisk::die_after.
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

    SimDiskFaults& faults() noexcept { return options_.faults; }
    // How long what is started from now on takes.
    SimDiskOptions& options() noexcept { return options_; }
    // The next `count` operations of this kind fail so; `sync` means durable writes as well, and
    // loses bytes.
    void fail_next(DiskAction action, ErrorCode code, int count = 1);
    // After so many more changes the disk answers nothing but errors, as if its process had died
    // there.
    void die_after(std::uint64_t changes) noexcept { changes_left_ = changes; }
    // What was on its way may have arrived in part. Then the disk is dead; the caller crashes the
    // media.
    void crash();

  private:
    struct Pending {
        DiskOperation operation;
        std::int64_t due_ns;
    };
    struct ForcedFault {
        ErrorCode code;
        int count;
    };

    void start(DiskOperation&& operation) override;
    FileUse use_of(FileId file) const override;
    void complete_first(std::deque<Pending>& queue);
    std::deque<Pending>* next_due();
    std::int64_t duration_ns(const DiskOperation& operation);

    Result<std::uint64_t> carry_out(const DiskOperation& operation);
    Result<std::uint64_t> on_path(const DiskOperation& operation);
    Result<std::uint64_t> open_file(const FileSpec& spec);
    Result<std::uint64_t> on_file(const DiskOperation& operation, SimFile& file);
    Result<std::uint64_t> write(const DiskOperation& operation, SimFile& file);
    Result<void> sync_file(SimFile& file);
    Result<void> replace_file(const std::string& path, Bytes content);
    Result<void> maybe_fail(DiskAction action);
    Result<void> take_forced(DiskAction action);
    Result<void> reserve(std::uint64_t bytes) const;
    void arrive_in_part(const DiskOperation& operation);

    SimMedia& media_;
    const Clock& clock_;
    Random& random_;
    SimDiskOptions options_;
    std::array<std::deque<Pending>, kFileUses> queues_;
    std::size_t in_flight_ = 0;
    struct Opened {
        std::shared_ptr<SimFile> file;
        FileUse use;
    };
    std::map<FileId, Opened> opened_;
    std::int32_t next_file_ = 1;
    std::map<DiskAction, ForcedFault> forced_;
    std::uint64_t changes_left_;
};

}  // namespace kera
