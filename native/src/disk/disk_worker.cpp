#include "disk/disk_worker.hpp"

#include <pthread.h>
#include <unistd.h>

#include <exception>
#include <system_error>
#include <utility>

#include "base/check.hpp"

namespace kera {

Result<std::unique_ptr<DiskWorker>> DiskWorker::start(const PosixFiles& files,
                                                      DiskCompletions& completions,
                                                      const char* name) {
    try {
        return std::unique_ptr<DiskWorker>(new DiskWorker(files, completions, name));
    } catch (const std::system_error& refused) {
        return fail(ErrorCode::limit_exceeded, "disk_thread_errno", 0, refused.code().value());
    }
}

DiskWorker::DiskWorker(const PosixFiles& files, DiskCompletions& completions, const char* name)
    : files_(files), completions_(completions), thread_([this] { run(); }) {
    ::pthread_setname_np(thread_.native_handle(), name);
}

DiskWorker::~DiskWorker() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    submitted_.notify_one();
    thread_.join();
}

void DiskWorker::submit(DiskOperation&& operation) {
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(operation));
    }
    submitted_.notify_one();
}

void DiskWorker::run() {
    while (true) {
        DiskOperation operation;
        {
            std::unique_lock lock(mutex_);
            submitted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) {
                return;
            }
            operation = std::move(queue_.front());
            queue_.pop_front();
        }
        DiskCompletion completion;
        completion.action = operation.action;
        completion.opened = {operation.spec.use, operation.spec.direct};
        completion.client = operation.client;
        completion.token = operation.token;
        completion.done = try_to_carry_out(operation);
        completions_.push(std::move(completion));
    }
}

Result<std::uint64_t> DiskWorker::try_to_carry_out(const DiskOperation& operation) noexcept {
    try {
        return carry_out(operation);
    } catch (const std::exception&) {
        return fail(ErrorCode::disk_failed, "disk_worker_memory");
    }
}

Result<std::uint64_t> DiskWorker::carry_out(const DiskOperation& operation) {
    const std::string& path = operation.spec.path;
    switch (operation.action) {
        case DiskAction::open: {
            KERA_TRY_ASSIGN(const int fd, files_.open(operation.spec));
            return static_cast<std::uint64_t>(fd);
        }
        case DiskAction::rename:
            return nothing_counted(files_.rename_durably(path, operation.path_after));
        case DiskAction::remove:
            return nothing_counted(files_.remove(path));
        case DiskAction::remove_tree:
            return nothing_counted(files_.remove_tree(path));
        case DiskAction::replace:
            return nothing_counted(files_.replace(path, operation.content));
        default:
            return on_file(operation);
    }
}

Result<std::uint64_t> DiskWorker::on_file(const DiskOperation& operation) {
    const int fd = static_cast<int>(operation.file);
    const auto index = static_cast<std::size_t>(fd);
    if (index >= dirty_.size()) {
        dirty_.resize(index + 1);
    }
    switch (operation.action) {
        case DiskAction::close:
            dirty_[index] = false;
            ::close(fd);
            return std::uint64_t{0};
        case DiskAction::read:
            return files_.read(fd, operation.offset, operation.target);
        case DiskAction::write: {
            bool dirty = dirty_[index];
            Result<std::uint64_t> written = files_.write(fd, operation, dirty);
            dirty_[index] = dirty;
            return written;
        }
        case DiskAction::sync:
            dirty_[index] = false;
            return nothing_counted(files_.sync(fd));
        case DiskAction::truncate:
            return nothing_counted(files_.truncate(fd, operation.offset));
        default:
            KERA_ASSERT(false, operation.action);
    }
}

}  // namespace kera
