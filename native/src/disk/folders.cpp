#include "disk/folders.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "base/file_descriptor.hpp"
#include "disk/disk_error.hpp"

namespace kera {

namespace {

constexpr mode_t kFolderMode = 0750;
constexpr mode_t kRootMode = 0777;  // what the umask leaves of it

Result<void> sync_folder(const std::string& folder) {
    const FileDescriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened.open()) {
        return disk_error("open_errno", errno);
    }
    if (::fsync(opened.get()) != 0) {
        return disk_error("sync_errno", errno);
    }
    return {};
}

// The errors of a folder that we may not sync. Then we cannot have made anything in it, either.
bool is_another_owners(const Error& error) {
    return error.value == EACCES || error.value == EPERM || error.value == EROFS ||
           error.value == EINVAL;
}

}  // namespace

std::string folder_of(const std::string& path) {
    const std::size_t slash = path.find_last_of('/');
    return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

Result<void> Folders::make_root() const {
    std::error_code code;
    const std::filesystem::path root = std::filesystem::absolute(root_, code).lexically_normal();
    if (code) {
        return fail(ErrorCode::disk_failed, "root_errno", 0, code.value());
    }
    std::filesystem::path made;
    std::filesystem::path above;
    for (const std::filesystem::path& part : root) {
        above = std::exchange(made, made / part);
        if (part.empty() || made == root.root_path()) {
            continue;
        }
        const bool is_new = ::mkdir(made.c_str(), kRootMode) == 0;
        const int mkdir_code = is_new ? 0 : errno;
        // mkdir() also fails so (EROFS and the like) for folders that exist.
        if (!is_new && !std::filesystem::is_directory(made, code)) {
            return disk_error("root_errno", mkdir_code);
        }
        const Result<void> synced = sync_folder(above.string());
        if (is_new && !synced.ok()) {
            ::rmdir(made.c_str());
            return synced;
        }
        if (!synced.ok() && !is_another_owners(synced.error())) {
            return synced;
        }
    }
    return {};
}

Result<void> Folders::make(const std::string& path) {
    for (std::size_t at = 0; at < path.size();) {
        std::size_t slash = path.find('/', at);
        slash = slash == std::string::npos ? path.size() : slash;
        KERA_TRY(make_one(path.substr(0, slash)));
        at = slash + 1;
    }
    return {};
}

Result<void> Folders::make_one(const std::string& path) {
    const std::string full = root_ + "/" + path;
    const bool is_new = ::mkdir(full.c_str(), kFolderMode) == 0;
    if (!is_new && errno != EEXIST) {
        return disk_error("mkdir_errno", errno);
    }
    if (!is_new && is_stable(path)) {
        return {};
    }
    if (const Result<void> synced = sync_folder_of(path); !synced.ok()) {
        if (is_new) {
            // The next sync may succeed without this folder. Made again, it is a change again.
            ::rmdir(full.c_str());
        }
        return synced;
    }
    const std::lock_guard guard(mutex_);
    stable_.insert(path);
    return {};
}

bool Folders::is_stable(const std::string& path) {
    const std::lock_guard guard(mutex_);
    return stable_.contains(path);
}

void Folders::forget(const std::string& path) {
    const std::lock_guard guard(mutex_);
    stable_.erase(path);
    const std::string below = path + "/";
    auto at = stable_.lower_bound(below);
    while (at != stable_.end() && at->starts_with(below)) {
        at = stable_.erase(at);
    }
}

Result<void> Folders::sync_folder_of(const std::string& path) const {
    return sync_folder(root_ + "/" + folder_of(path));
}

}  // namespace kera
