#include "disk/thread_disk.hpp"

#include <unistd.h>

#include <limits>
#include <utility>

#include "base/check.hpp"

namespace kera {

Result<std::unique_ptr<ThreadDisk>> ThreadDisk::open(ThreadDiskOptions options) {
    KERA_TRY(Folders(options.root).make_root());
    KERA_TRY_ASSIGN(FileDescriptor event, DiskCompletions::make_event());
    std::unique_ptr<ThreadDisk> disk(
        new ThreadDisk(PosixFiles(std::move(options.root)), std::move(event)));
    KERA_TRY_ASSIGN(disk->journal_,
                    DiskWorker::start(disk->files_, disk->completions_, "kera-journal"));
    KERA_TRY_ASSIGN(disk->others_,
                    DiskWorker::start(disk->files_, disk->completions_, "kera-files"));
    KERA_TRY_ASSIGN(disk->readers_, DiskReaders::start(disk->files_, disk->completions_));
    return disk;
}

ThreadDisk::ThreadDisk(PosixFiles files, FileDescriptor event)
    : files_(std::move(files)), completions_(std::move(event)) {}

ThreadDisk::~ThreadDisk() {
    journal_.reset();
    others_.reset();
    readers_.reset();
    std::vector<DiskCompletion> unheard;
    completions_.take(unheard);
    for (DiskCompletion& completion : unheard) {
        note_opened(completion);
    }
    for (std::size_t fd = 0; fd < opened_.size(); ++fd) {
        if (opened_[fd].has_value()) {
            ::close(static_cast<int>(fd));
        }
    }
}

void ThreadDisk::start(DiskOperation&& operation) {
    ++in_flight_;
    if (operation.action == DiskAction::close) {
        opened_[static_cast<std::size_t>(operation.file)].reset();
    }
    switch (operation.use) {
        case FileUse::journal:
            journal_->submit(std::move(operation));
            break;
        case FileUse::other:
            others_->submit(std::move(operation));
            break;
        case FileUse::reading:
            readers_->submit(operation);
            break;
    }
}

OpenedFile ThreadDisk::opened(FileId file) const {
    const auto index = static_cast<std::size_t>(file);
    KERA_ASSERT(index < opened_.size() && opened_[index].has_value(), index);
    return *opened_[index];
}

int ThreadDisk::poll() {
    if (completions_.empty()) {
        return 0;
    }
    // A client may start operations in its completion, and even poll: so what was taken lies in a
    // vector of this call alone.
    std::vector<DiskCompletion> taken = std::move(completed_);
    completions_.take(taken);
    const int count = complete(taken);
    taken.clear();
    completed_ = std::move(taken);
    return count;
}

int ThreadDisk::complete(std::vector<DiskCompletion>& done) {
    for (DiskCompletion& completion : done) {
        --in_flight_;
        note_opened(completion);
        if (completion.client != nullptr) {
            completion.client->on_disk_done(completion.token, completion.done);
        }
    }
    return static_cast<int>(done.size());
}

void ThreadDisk::note_opened(const DiskCompletion& completion) {
    if (completion.action != DiskAction::open || !completion.done.ok()) {
        return;
    }
    const auto index = static_cast<std::size_t>(*completion.done);
    if (index >= opened_.size()) {
        opened_.resize(index + 1);
    }
    opened_[index] = completion.opened;
}

void ThreadDisk::drain() {
    while (in_flight_ > 0) {
        if (poll() == 0) {
            completions_.wait();
        }
    }
}

std::int64_t ThreadDisk::next_deadline_ns() const noexcept {
    return std::numeric_limits<std::int64_t>::max();
}

Result<std::vector<FolderEntry>> ThreadDisk::list(const std::string& folder) {
    return files_.list(folder);
}

Result<void> ThreadDisk::make_folders_now(const std::string& path) {
    return files_.make_folders(path);
}

Result<void> ThreadDisk::replace_now(const std::string& path, Bytes content) {
    return files_.replace(path, content);
}

Result<void> ThreadDisk::truncate_now(const std::string& path, std::uint64_t bytes) {
    return files_.truncate_path(path, bytes);
}

Result<void> ThreadDisk::remove_tree_now(const std::string& path) {
    return files_.remove_tree(path);
}

}  // namespace kera
