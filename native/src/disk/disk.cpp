#include "disk/disk.hpp"

#include <utility>

#include "base/check.hpp"

namespace kera {

namespace {

DiskOperation on_path(DiskAction action, std::string path, DiskClient& client, DiskToken token) {
    DiskOperation operation;
    operation.action = action;
    operation.spec.path = std::move(path);
    operation.client = &client;
    operation.token = token;
    return operation;
}

void check_span(Bytes span) {
    KERA_ASSERT(is_block_aligned(reinterpret_cast<std::uintptr_t>(span.data())), span.data());
    KERA_ASSERT(is_block_aligned(span.size()), span.size());
}

// Checked here, and not left to the kernel: the page cache takes everything.
void check_direct(const DiskOperation& operation) {
    if (!operation.direct) {
        return;
    }
    KERA_ASSERT(is_block_aligned(operation.offset), operation.offset);
    check_span(operation.target);
    for (const Bytes& source : operation.sources) {
        check_span(source);
    }
}

}  // namespace

void Disk::open(FileSpec spec, DiskClient& client, DiskToken token) {
    KERA_ASSERT(spec.use != FileUse::reading || spec.mode == OpenMode::read, spec.mode);
    KERA_ASSERT(!spec.direct || is_block_aligned(spec.zeroed_bytes), spec.zeroed_bytes);
    DiskOperation operation = on_path(DiskAction::open, {}, client, token);
    operation.spec = std::move(spec);
    start(std::move(operation));
}

void Disk::rename_durably(std::string from, std::string to, DiskClient& client, DiskToken token) {
    DiskOperation operation = on_path(DiskAction::rename, std::move(from), client, token);
    operation.path_after = std::move(to);
    start(std::move(operation));
}

void Disk::remove(std::string path, DiskClient& client, DiskToken token) {
    start(on_path(DiskAction::remove, std::move(path), client, token));
}

void Disk::remove_tree(std::string path, DiskClient& client, DiskToken token) {
    start(on_path(DiskAction::remove_tree, std::move(path), client, token));
}

void Disk::replace(std::string path, std::vector<std::byte> content, DiskClient& client,
                   DiskToken token) {
    DiskOperation operation = on_path(DiskAction::replace, std::move(path), client, token);
    operation.content = std::move(content);
    start(std::move(operation));
}

void Disk::write_at(FileId file, std::uint64_t offset, std::span<const Bytes> sources,
                    Durability durability, DiskClient& client, DiskToken token) {
    DiskOperation operation = on_file(DiskAction::write, file, &client, token);
    operation.offset = offset;
    operation.sources = sources;
    operation.durability = durability;
    check_direct(operation);
    start(std::move(operation));
}

void Disk::read_at(FileId file, std::uint64_t offset, MutableBytes target, DiskClient& client,
                   DiskToken token) {
    DiskOperation operation = on_file(DiskAction::read, file, &client, token);
    operation.offset = offset;
    operation.target = target;
    check_direct(operation);
    start(std::move(operation));
}

void Disk::sync(FileId file, DiskClient& client, DiskToken token) {
    start(on_file(DiskAction::sync, file, &client, token));
}

void Disk::truncate(FileId file, std::uint64_t bytes, DiskClient& client, DiskToken token) {
    DiskOperation operation = on_file(DiskAction::truncate, file, &client, token);
    operation.offset = bytes;
    start(std::move(operation));
}

void Disk::close(FileId file) {
    start(on_file(DiskAction::close, file, nullptr, 0));
}

DiskOperation Disk::on_file(DiskAction action, FileId file, DiskClient* client,
                            DiskToken token) const {
    KERA_ASSERT(file != FileId::none);
    DiskOperation operation;
    operation.action = action;
    operation.file = file;
    const OpenedFile opened_file = opened(file);
    operation.use = opened_file.use;
    operation.direct = opened_file.direct;
    KERA_ASSERT(operation.use != FileUse::reading || action == DiskAction::read ||
                    action == DiskAction::close,
                action);
    operation.client = client;
    operation.token = token;
    return operation;
}

}  // namespace kera
