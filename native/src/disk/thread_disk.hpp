// The disk of a real node. Each use of files has a thread of its own, which carries out the
// operations in order; reading has several. Owned and polled by one thread; the others live as long
// as the object. Operations wait for their turn without a limit: whoever starts them bounds how
// many there are. Invariant: poll() sees a completion only after its operation has ended.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "disk/disk.hpp"
#include "disk/disk_readers.hpp"
#include "disk/disk_worker.hpp"
#include "disk/posix_files.hpp"

namespace kera {

struct ThreadDiskOptions {
    std::string root;
};

class ThreadDisk final : public Disk {
  public:
    // Makes the root folder when there is none. limit_exceeded: the system has no descriptors or
    // threads left.
    static Result<std::unique_ptr<ThreadDisk>> open(ThreadDiskOptions options);

    ThreadDisk(const ThreadDisk&) = delete;
    ThreadDisk& operator=(const ThreadDisk&) = delete;
    // Carries out what was started, and reports nothing of it to clients.
    ~ThreadDisk() override;

    int poll() override;
    void drain() override;
    std::size_t in_flight() const noexcept override { return in_flight_; }
    std::int64_t next_deadline_ns() const noexcept override;
    int park_fd() const noexcept override { return completions_.park_fd(); }
    bool prepare_park() noexcept override { return completions_.prepare_park(); }

    Result<MappedFile> map(const std::string& path) override { return files_.map(path); }
    Result<std::vector<FolderEntry>> list(const std::string& folder) override;
    Result<void> make_folders_now(const std::string& path) override;
    Result<void> replace_now(const std::string& path, Bytes content) override;
    Result<void> truncate_now(const std::string& path, std::uint64_t bytes) override;
    Result<void> rename_now(const std::string& from, const std::string& to) override {
        return files_.rename_durably(from, to);
    }
    Result<void> remove_now(const std::string& path) override { return files_.remove(path); }
    Result<void> remove_tree_now(const std::string& path) override;
    Result<DiskSpace> space() const override { return files_.space(); }
    DirectFiles direct_files() const noexcept override { return files_.direct_files(); }

  private:
    ThreadDisk(PosixFiles files, FileDescriptor event);

    void start(DiskOperation&& operation) override;
    OpenedFile opened(FileId file) const override;
    int complete(std::vector<DiskCompletion>& done);
    void note_opened(const DiskCompletion& completion);

    PosixFiles files_;
    std::size_t in_flight_ = 0;
    DiskCompletions completions_;
    std::vector<DiskCompletion> completed_;          // reused by poll()
    std::vector<std::optional<OpenedFile>> opened_;  // by file descriptor
    std::unique_ptr<DiskWorker> journal_;
    std::unique_ptr<DiskWorker> others_;
    std::unique_ptr<DiskReaders> readers_;
};

}  // namespace kera
