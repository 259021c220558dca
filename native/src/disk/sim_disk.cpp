#include "disk/sim_disk.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"
#include "disk/posix_files.hpp"

namespace kera {

namespace {

constexpr int kIoError = 5;      // EIO
constexpr int kNoSuchFile = 2;   // ENOENT
constexpr int kFileExists = 17;  // EEXIST
constexpr int kNoSpace = 28;     // ENOSPC

Result<std::uint64_t> counted(Result<void> result, std::uint64_t count = 0) {
    if (!result.ok()) {
        return result.error();
    }
    return count;
}

}  // namespace

SimDisk::SimDisk(SimMedia& media, const Clock& clock, Random& random, SimDiskOptions options)
    : media_(media),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      changes_left_(options_.changes_before_death) {}

void SimDisk::start(DiskOperation&& operation) {
    if (options_.faults.throws) {
        throw std::bad_alloc();
    }
    std::deque<Pending>& queue = queues_[static_cast<std::size_t>(operation.use)];
    const std::int64_t free_ns = queue.empty() ? clock_.now_ns() : queue.back().due_ns;
    const std::int64_t due_ns = std::max(free_ns, clock_.now_ns()) + duration_ns(operation);
    queue.push_back({std::move(operation), due_ns});
    ++in_flight_;
}

std::int64_t SimDisk::duration_ns(const DiskOperation& operation) {
    std::uint64_t bytes = operation.target.size() + operation.content.size();
    for (const Bytes& source : operation.sources) {
        bytes += source.size();
    }
    std::int64_t duration_ns =
        options_.operation_ns +
        static_cast<std::int64_t>(options_.ns_per_byte * static_cast<double>(bytes));
    const bool syncs =
        operation.durability == Durability::durable ||
        (operation.action != DiskAction::read && operation.action != DiskAction::write);
    duration_ns += syncs ? options_.sync_ns : 0;
    return duration_ns + random_.between(0, duration_ns);
}

FileUse SimDisk::use_of(FileId file) const {
    const auto found = opened_.find(file);
    KERA_ASSERT(found != opened_.end(), file);
    return found->second.use;
}

int SimDisk::poll() {
    int count = 0;
    for (std::deque<Pending>* due = next_due(); due != nullptr; due = next_due()) {
        complete_first(*due);
        ++count;
    }
    return count;
}

std::deque<SimDisk::Pending>* SimDisk::next_due() {
    std::deque<Pending>* next = nullptr;
    for (std::deque<Pending>& queue : queues_) {
        if (!queue.empty() && queue.front().due_ns <= clock_.now_ns() &&
            (next == nullptr || queue.front().due_ns < next->front().due_ns)) {
            next = &queue;
        }
    }
    return next;
}

void SimDisk::drain() {
    while (in_flight_ > 0) {
        for (std::deque<Pending>& queue : queues_) {
            if (!queue.empty()) {
                complete_first(queue);
            }
        }
    }
}

void SimDisk::complete_first(std::deque<Pending>& queue) {
    const DiskOperation operation = std::move(queue.front().operation);
    queue.pop_front();
    --in_flight_;
    if (options_.on_operation) {
        options_.on_operation(operation);
    }
    const Result<std::uint64_t> done = carry_out(operation);
    if (operation.client != nullptr) {
        operation.client->on_disk_done(operation.token, done);
    }
}

std::int64_t SimDisk::next_deadline_ns() const noexcept {
    std::int64_t next_ns = std::numeric_limits<std::int64_t>::max();
    for (const std::deque<Pending>& queue : queues_) {
        if (!queue.empty()) {
            next_ns = std::min(next_ns, queue.front().due_ns);
        }
    }
    return next_ns;
}

Result<std::uint64_t> SimDisk::carry_out(const DiskOperation& operation) {
    if (operation.action == DiskAction::close) {
        opened_.erase(operation.file);
        return std::uint64_t{0};
    }
    KERA_TRY(maybe_fail(operation.action));
    if (operation.file == FileId::none) {
        return on_path(operation);
    }
    const auto opened = opened_.find(operation.file);
    KERA_ASSERT(opened != opened_.end(), operation.file);
    return on_file(operation, *opened->second.file);
}

Result<std::uint64_t> SimDisk::on_path(const DiskOperation& operation) {
    const std::string& path = operation.spec.path;
    switch (operation.action) {
        case DiskAction::open:
            return open_file(operation.spec);
        case DiskAction::rename:
            if (media_.find(path) == nullptr) {
                return fail(ErrorCode::disk_failed, "rename_errno", 0, kNoSuchFile);
            }
            media_.rename(path, operation.path_after);
            media_.sync_names();
            return std::uint64_t{0};
        case DiskAction::remove:
            media_.remove(path);
            return std::uint64_t{0};
        case DiskAction::remove_tree:
            media_.remove_tree(path);
            return std::uint64_t{0};
        case DiskAction::replace:
            return counted(replace_file(path, operation.content));
        default:
            KERA_ASSERT(false, operation.action);
    }
}

Result<std::uint64_t> SimDisk::open_file(const FileSpec& spec) {
    std::shared_ptr<SimFile> file = media_.find(spec.path);
    if (spec.mode == OpenMode::create) {
        if (file != nullptr) {
            return fail(ErrorCode::disk_failed, "open_errno", 0, kFileExists);
        }
        KERA_TRY(reserve(spec.zeroed_bytes));
        file = media_.create(spec.path);
        const std::vector<std::byte> zeros(spec.zeroed_bytes);
        file->write(0, zeros);
        file->sync();
        media_.sync_names();
    }
    if (spec.mode == OpenMode::scratch) {
        // A name of its own, as if by O_TRUNC: what a crash brings back may be the old file or the
        // new one.
        file = media_.create(spec.path);
    }
    if (file == nullptr) {
        return fail(ErrorCode::disk_failed, "open_errno", 0, kNoSuchFile);
    }
    const FileId id{next_file_++};
    opened_[id] = {std::move(file), spec.use};
    return static_cast<std::uint64_t>(id);
}

Result<std::uint64_t> SimDisk::on_file(const DiskOperation& operation, SimFile& file) {
    switch (operation.action) {
        case DiskAction::read:
            return file.read(operation.offset, operation.target);
        case DiskAction::write:
            return write(operation, file);
        case DiskAction::sync:
            return counted(sync_file(file));
        case DiskAction::truncate:
            file.truncate(operation.offset);
            return counted(sync_file(file));
        default:
            KERA_ASSERT(false, operation.action);
    }
}

Result<std::uint64_t> SimDisk::write(const DiskOperation& operation, SimFile& file) {
    std::uint64_t offset = operation.offset;
    for (const Bytes& source : operation.sources) {
        const std::uint64_t end = offset + source.size();
        // What fitted stays written, as on a real disk.
        KERA_TRY(reserve(end > file.size() ? end - file.size() : 0));
        file.write(offset, source);
        offset = end;
    }
    if (operation.durability == Durability::durable) {
        KERA_TRY(sync_file(file));
    }
    return offset - operation.offset;
}

Result<void> SimDisk::sync_file(SimFile& file) {
    Result<void> synced = take_forced(DiskAction::sync);
    if (synced.ok() && random_.chance(options_.faults.sync_error)) {
        synced = fail(ErrorCode::disk_failed, "sync_errno", 0, kIoError);
    }
    if (synced.ok()) {
        file.sync();
    } else {
        file.fail_sync(random_);
    }
    return synced;
}

Result<void> SimDisk::maybe_fail(DiskAction action) {
    const bool changes = action != DiskAction::read;
    if (changes && changes_left_ != UINT64_MAX) {
        if (changes_left_ == 0) {
            return fail(ErrorCode::disk_failed, "process_dead", 0, kIoError);
        }
        --changes_left_;
    }
    if (action != DiskAction::sync) {
        KERA_TRY(take_forced(action));
    }
    double chance = options_.faults.other_error;
    if (action == DiskAction::read) {
        chance = options_.faults.read_error;
    } else if (action == DiskAction::write) {
        chance = options_.faults.write_error;
    } else if (action == DiskAction::sync) {
        chance = 0;
    }
    if (random_.chance(chance)) {
        return fail(ErrorCode::disk_failed, "io_errno", 0, kIoError);
    }
    return {};
}

Result<void> SimDisk::take_forced(DiskAction action) {
    const auto forced = forced_.find(action);
    if (forced == forced_.end() || forced->second.count == 0) {
        return {};
    }
    --forced->second.count;
    const bool full = forced->second.code == ErrorCode::disk_full;
    return fail(forced->second.code, "forced_errno", 0, full ? kNoSpace : kIoError);
}

Result<void> SimDisk::reserve(std::uint64_t bytes) const {
    const std::uint64_t used = media_.used_bytes();
    if (bytes > 0 && used + bytes > media_.capacity_bytes()) {
        return fail(ErrorCode::disk_full, "write_errno", 0, kNoSpace);
    }
    return {};
}

Result<MappedFile> SimDisk::map(const std::string& path) {
    KERA_TRY(maybe_fail(DiskAction::read));
    const std::shared_ptr<SimFile> file = media_.find(path);
    if (file == nullptr) {
        return fail(ErrorCode::disk_failed, "open_errno", 0, kNoSuchFile);
    }
    auto content = std::make_shared<const std::vector<std::byte>>(file->readable());
    return MappedFile(Bytes(*content), content);
}

Result<std::vector<FolderEntry>> SimDisk::list(const std::string& folder) {
    KERA_TRY(maybe_fail(DiskAction::read));
    return media_.list(folder);
}

Result<void> SimDisk::make_folders_now(const std::string&) {
    return {};  // folders are what paths say
}

Result<void> SimDisk::replace_now(const std::string& path, Bytes content) {
    KERA_TRY(maybe_fail(DiskAction::replace));
    return replace_file(path, content);
}

Result<void> SimDisk::replace_file(const std::string& path, Bytes content) {
    KERA_TRY(reserve(content.size()));
    const std::shared_ptr<SimFile> file = media_.create(path + kAsideSuffix);
    file->write(0, content);
    KERA_TRY(sync_file(*file));
    media_.rename(path + kAsideSuffix, path);
    media_.sync_names();
    return {};
}

Result<void> SimDisk::truncate_now(const std::string& path, std::uint64_t bytes) {
    KERA_TRY(maybe_fail(DiskAction::truncate));
    const std::shared_ptr<SimFile> file = media_.find(path);
    if (file == nullptr) {
        return fail(ErrorCode::disk_failed, "open_errno", 0, kNoSuchFile);
    }
    file->truncate(bytes);
    return sync_file(*file);
}

Result<void> SimDisk::rename_now(const std::string& from, const std::string& to) {
    KERA_TRY(maybe_fail(DiskAction::rename));
    if (media_.find(from) == nullptr) {
        return fail(ErrorCode::disk_failed, "rename_errno", 0, kNoSuchFile);
    }
    media_.rename(from, to);
    media_.sync_names();
    return {};
}

Result<void> SimDisk::remove_now(const std::string& path) {
    KERA_TRY(maybe_fail(DiskAction::remove));
    media_.remove(path);
    return {};
}

Result<void> SimDisk::remove_tree_now(const std::string& path) {
    KERA_TRY(maybe_fail(DiskAction::remove_tree));
    media_.remove_tree(path);
    return {};
}

Result<DiskSpace> SimDisk::space() const {
    const std::uint64_t used = media_.used_bytes();
    const std::uint64_t capacity = media_.capacity_bytes();
    return DiskSpace{used < capacity ? capacity - used : 0, capacity};
}

void SimDisk::fail_next(DiskAction action, ErrorCode code, int count) {
    forced_[action] = {code, count};
}

void SimDisk::crash() {
    for (std::deque<Pending>& queue : queues_) {
        if (!queue.empty() && random_.chance(0.5)) {
            arrive_in_part(queue.front().operation);
        }
        in_flight_ -= queue.size();
        queue.clear();
    }
    opened_.clear();
    changes_left_ = 0;
}

void SimDisk::arrive_in_part(const DiskOperation& operation) {
    const std::string& path = operation.spec.path;
    const auto opened = opened_.find(operation.file);
    if (operation.action == DiskAction::write) {
        std::uint64_t offset = operation.offset;
        for (const Bytes& source : operation.sources) {
            opened->second.file->write(offset, source);
            offset += source.size();
        }
    } else if (operation.action == DiskAction::open && operation.spec.mode == OpenMode::create &&
               media_.find(path) == nullptr) {
        const std::vector<std::byte> zeros(random_.below(operation.spec.zeroed_bytes + 1));
        media_.create(path)->write(0, zeros);
    } else if (operation.action == DiskAction::rename && media_.find(path) != nullptr) {
        media_.rename(path, operation.path_after);
    } else if (operation.action == DiskAction::remove) {
        media_.remove(path);
    } else if (operation.action == DiskAction::replace) {
        const std::shared_ptr<SimFile> file = media_.create(path + kAsideSuffix);
        file->write(0, operation.content);
        if (random_.chance(0.5)) {
            file->sync();
            media_.rename(path + kAsideSuffix, path);
        }
    }
}

}  // namespace kera
