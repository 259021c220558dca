#include "disk/sim_disk.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/check.hpp"

namespace kera {

SimDisk::SimDisk(SimMedia& media, const Clock& clock, Random& random, SimDiskOptions options)
    : media_(media),
      clock_(clock),
      random_(random),
      options_(std::move(options)),
      injected_(options_.faults, random_, options_.changes_before_death),
      files_(media_, injected_, random_) {}

void SimDisk::start(DiskOperation&& operation) {
    if (options_.faults.throws) {
        throw std::bad_alloc();
    }
    std::deque<Pending>& queue = queue_of(operation);
    const std::int64_t free_ns = queue.empty() ? clock_.now_ns() : queue.back().due_ns;
    const std::int64_t due_ns = std::max(free_ns, clock_.now_ns()) + duration_ns(operation);
    const auto opened = opened_.find(operation.file);
    std::shared_ptr<SimFile> file = opened == opened_.end() ? nullptr : opened->second.file;
    operation.direct = operation.direct && !options_.refuses_direct;
    queue.push_back({std::move(operation), due_ns, std::move(file)});
    ++in_flight_;
}

std::deque<SimDisk::Pending>& SimDisk::queue_of(const DiskOperation& operation) {
    const auto use = static_cast<std::size_t>(operation.use);
    std::deque<Pending>* first = &queues_[use];
    if (operation.action != DiskAction::read || operation.use != FileUse::reading ||
        !operation.direct) {
        return *first;
    }
    for (std::size_t at = use; at < queues_.size(); ++at) {
        std::deque<Pending>& next = queues_[at];
        if (!first->empty() && (next.empty() || next.back().due_ns < first->back().due_ns)) {
            first = &next;
        }
    }
    return *first;
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

OpenedFile SimDisk::opened(FileId file) const {
    const auto found = opened_.find(file);
    KERA_ASSERT(found != opened_.end(), file);
    return found->second.as;
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
    const std::shared_ptr<SimFile> file = std::move(queue.front().file);
    queue.pop_front();
    --in_flight_;
    if (options_.on_operation) {
        options_.on_operation(operation);
    }
    const Result<std::uint64_t> done = carry_out(operation, file.get());
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

Result<std::uint64_t> SimDisk::carry_out(const DiskOperation& operation, SimFile* file) {
    if (operation.action == DiskAction::close) {
        opened_.erase(operation.file);
        return std::uint64_t{0};
    }
    KERA_TRY(injected_.before(operation.action));
    if (operation.file == FileId::none) {
        return on_path(operation);
    }
    KERA_ASSERT(file != nullptr, operation.file);
    return on_file(operation, *file);
}

Result<std::uint64_t> SimDisk::on_path(const DiskOperation& operation) {
    const std::string& path = operation.spec.path;
    switch (operation.action) {
        case DiskAction::open:
            return open_file(operation.spec);
        case DiskAction::rename:
            return nothing_counted(files_.rename_durably(path, operation.path_after));
        case DiskAction::remove:
            media_.remove(path);
            return std::uint64_t{0};
        case DiskAction::remove_tree:
            media_.remove_tree(path);
            return std::uint64_t{0};
        case DiskAction::replace:
            return nothing_counted(files_.replace(path, operation.content));
        default:
            KERA_ASSERT(false, operation.action);
    }
}

Result<std::uint64_t> SimDisk::open_file(const FileSpec& spec) {
    KERA_TRY_ASSIGN(std::shared_ptr<SimFile> file, files_.open(spec));
    const FileId id{next_file_++};
    opened_[id] = {std::move(file), {spec.use, spec.direct}};
    if (spec.direct) {
        direct_files_ = options_.refuses_direct ? DirectFiles::refused : DirectFiles::taken;
    }
    return static_cast<std::uint64_t>(id);
}

Result<std::uint64_t> SimDisk::on_file(const DiskOperation& operation, SimFile& file) {
    switch (operation.action) {
        case DiskAction::read:
            return file.read(operation.offset, operation.target);
        case DiskAction::write:
            return files_.write(file, operation);
        case DiskAction::sync:
            return nothing_counted(files_.sync(file));
        case DiskAction::truncate:
            return nothing_counted(files_.truncate(file, operation.offset));
        default:
            KERA_ASSERT(false, operation.action);
    }
}

Result<MappedFile> SimDisk::map(const std::string& path) {
    KERA_TRY(injected_.before(DiskAction::read));
    return files_.map(path);
}

Result<std::vector<FolderEntry>> SimDisk::list(const std::string& folder) {
    KERA_TRY(injected_.before(DiskAction::read));
    return media_.list(folder);
}

Result<void> SimDisk::make_folders_now(const std::string&) {
    return {};  // folders are what paths say
}

Result<void> SimDisk::replace_now(const std::string& path, Bytes content) {
    KERA_TRY(injected_.before(DiskAction::replace));
    return files_.replace(path, content);
}

Result<void> SimDisk::truncate_now(const std::string& path, std::uint64_t bytes) {
    KERA_TRY(injected_.before(DiskAction::truncate));
    return files_.truncate_path(path, bytes);
}

Result<void> SimDisk::rename_now(const std::string& from, const std::string& to) {
    KERA_TRY(injected_.before(DiskAction::rename));
    return files_.rename_durably(from, to);
}

Result<void> SimDisk::remove_now(const std::string& path) {
    KERA_TRY(injected_.before(DiskAction::remove));
    media_.remove(path);
    return {};
}

Result<void> SimDisk::remove_tree_now(const std::string& path) {
    KERA_TRY(injected_.before(DiskAction::remove_tree));
    media_.remove_tree(path);
    return {};
}

Result<DiskSpace> SimDisk::space() const {
    const std::uint64_t used = media_.used_bytes();
    const std::uint64_t capacity = media_.capacity_bytes();
    return DiskSpace{used < capacity ? capacity - used : 0, capacity};
}

void SimDisk::crash() {
    for (std::deque<Pending>& queue : queues_) {
        if (!queue.empty() && random_.chance(0.5)) {
            files_.arrive_in_part(queue.front().operation, queue.front().file.get());
        }
        in_flight_ -= queue.size();
        queue.clear();
    }
    opened_.clear();
    injected_.die_after(0);
}

}  // namespace kera
