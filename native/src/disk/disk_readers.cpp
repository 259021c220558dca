#include "disk/disk_readers.hpp"

#include <pthread.h>
#include <unistd.h>

#include <system_error>
#include <utility>

#include "base/check.hpp"

namespace kera {

Result<std::unique_ptr<DiskReaders>> DiskReaders::start(const PosixFiles& files,
                                                        DiskCompletions& completions) {
    std::unique_ptr<DiskReaders> readers(new DiskReaders(files, completions));
    try {
        for (std::size_t i = 0; i < kReadsAtOnce; ++i) {
            readers->threads_.emplace_back([self = readers.get()] { self->run(); });
            ::pthread_setname_np(readers->threads_.back().native_handle(), "kera-reading");
        }
    } catch (const std::system_error& refused) {
        return fail(ErrorCode::limit_exceeded, "disk_thread_errno", 0, refused.code().value());
    }
    return readers;
}

DiskReaders::~DiskReaders() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    submitted_.notify_all();
    for (std::thread& thread : threads_) {
        thread.join();
    }
}

void DiskReaders::submit(const DiskOperation& operation) {
    const int fd = static_cast<int>(operation.file);
    const auto index = static_cast<std::size_t>(fd);
    {
        const std::lock_guard lock(mutex_);
        if (index >= open_.size()) {
            open_.resize(index + 1);
        }
        File& file = open_[index];
        if (operation.action == DiskAction::close && file.reads > 0) {
            file.closing = true;
            return;
        }
        queue_.push_back({operation.action, fd, operation.offset, operation.target,
                          operation.client, operation.token});
        file.reads += operation.action == DiskAction::read ? 1 : 0;
    }
    submitted_.notify_one();
}

void DiskReaders::run() {
    while (true) {
        Step step;
        {
            std::unique_lock lock(mutex_);
            submitted_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
            if (queue_.empty()) {
                return;
            }
            step = queue_.front();
            queue_.pop_front();
        }
        switch (step.action) {
            case DiskAction::read:
                read(step);
                break;
            case DiskAction::close:
                close(step.fd);
                break;
            default:
                KERA_ASSERT(false, step.action);
        }
    }
}

void DiskReaders::read(const Step& step) {
    DiskCompletion completion;
    completion.action = DiskAction::read;
    completion.client = step.client;
    completion.token = step.token;
    completion.done = files_.read(step.fd, step.offset, step.target);
    completions_.push(std::move(completion));
    if (was_last_read(step.fd)) {
        close(step.fd);
    }
}

bool DiskReaders::was_last_read(int fd) {
    const std::lock_guard lock(mutex_);
    File& file = open_[static_cast<std::size_t>(fd)];
    file.reads -= 1;
    const bool last = file.closing && file.reads == 0;
    file.closing = file.closing && !last;
    return last;
}

void DiskReaders::close(int fd) {
    ::close(fd);
    DiskCompletion completion;
    completion.action = DiskAction::close;
    completions_.push(std::move(completion));
}

}  // namespace kera
