#include "memory/arena.hpp"

#include <fcntl.h>
#include <linux/memfd.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/units.hpp"

namespace kera {

namespace {

constexpr std::size_t kHugePageBytes = 2_MiB;
constexpr std::size_t kSmallPageBytes = 4_KiB;
// One is enough, but for a host whose other threads map memory at the same time.
constexpr int kPlacesTried = 1000;

std::size_t page_bytes_of(PageKind kind) noexcept {
    return kind == PageKind::small ? kSmallPageBytes : kHugePageBytes;
}

std::size_t physical_bytes() noexcept {
    return static_cast<std::size_t>(sysconf(_SC_PHYS_PAGES)) *
           static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

// The kernel marks the current setting with brackets: `always within_size [advise] never`.
bool transparent_huge_pages_allowed() noexcept {
    const FileDescriptor file(
        open("/sys/kernel/mm/transparent_hugepage/shmem_enabled", O_RDONLY | O_CLOEXEC));
    std::array<char, 128> text{};
    const ssize_t read_bytes = read(file.get(), text.data(), text.size() - 1);
    if (read_bytes <= 0) {
        return false;
    }
    const std::string_view settings(text.data(), static_cast<std::size_t>(read_bytes));
    return settings.find("[never]") == std::string_view::npos &&
           settings.find("[deny]") == std::string_view::npos;
}

std::byte* map_at(void* address, int fd, std::size_t bytes, int more_flags) noexcept {
    void* const at = mmap(address, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | more_flags, fd, 0);
    return at == MAP_FAILED ? nullptr : static_cast<std::byte*>(at);
}

// A place where nothing is mapped now. Another thread may take it at any time.
std::byte* find_aligned_place(std::size_t bytes) noexcept {
    const std::size_t looked_for_bytes = bytes + kHugePageBytes;
    void* const found = mmap(nullptr, looked_for_bytes, PROT_NONE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (found == MAP_FAILED) {
        return nullptr;
    }
    munmap(found, looked_for_bytes);
    const auto address = reinterpret_cast<std::uintptr_t>(found);
    return static_cast<std::byte*>(found) + (align_up(address, kHugePageBytes) - address);
}

// The kernel maps huge pages only where address and file offset agree modulo their size. Null and
// `errno` on failure. Other threads of the host map memory meanwhile, so MAP_FIXED is not for us:
// when it fails, it has unmapped what was there before, and others may have taken the addresses.
std::byte* map_aligned(int fd, std::size_t bytes) noexcept {
    for (int attempt = 0; attempt < kPlacesTried; ++attempt) {
        std::byte* const place = find_aligned_place(bytes);
        if (place == nullptr) {
            return nullptr;
        }
        std::byte* const at = map_at(place, fd, bytes, MAP_FIXED_NOREPLACE);
        if (at == place || (at == nullptr && errno != EEXIST)) {
            return at;
        }
        if (at != nullptr) {  // Linux before 4.17 does not know the flag.
            munmap(at, bytes);
        }
    }
    errno = EEXIST;
    return nullptr;
}

Error system_failure(const char* what, int error_number) noexcept {
    return fail(ErrorCode::internal, what, 0, error_number);
}

}  // namespace

const char* to_string(PageKind kind) noexcept {
    switch (kind) {
        case PageKind::huge:
            return "huge";
        case PageKind::thp:
            return "thp";
        case PageKind::small:
            return "small";
    }
    return "unknown";
}

Arena::Mapping::Mapping(Mapping&& other) noexcept
    : base_(std::exchange(other.base_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}

Arena::Mapping& Arena::Mapping::operator=(Mapping&& other) noexcept {
    std::swap(base_, other.base_);
    std::swap(bytes_, other.bytes_);
    return *this;
}

Arena::Mapping::~Mapping() {
    if (base_ != nullptr) {
        munmap(base_, bytes_);
    }
}

Arena::Arena(FileDescriptor fd, Mapping mapping, PageKind page_kind) noexcept
    : fd_(std::move(fd)), mapping_(std::move(mapping)), page_kind_(page_kind) {}

Result<Arena> Arena::reserve(const ArenaConfig& config) {
    const std::size_t limit_bytes = physical_bytes();
    if (config.bytes == 0 || config.bytes > limit_bytes) {
        return fail(config.bytes == 0 ? ErrorCode::invalid_argument : ErrorCode::memory_exhausted,
                    "arena_bytes", static_cast<std::int64_t>(limit_bytes),
                    static_cast<std::int64_t>(config.bytes));
    }
    switch (config.pages) {
        case PagePreference::huge:
            return reserve_with(PageKind::huge, config.bytes);
        case PagePreference::thp:
            if (!transparent_huge_pages_allowed()) {
                return fail(ErrorCode::unsupported, "transparent_huge_pages");
            }
            return reserve_with(PageKind::thp, config.bytes);
        case PagePreference::small:
            return reserve_with(PageKind::small, config.bytes);
        case PagePreference::best:
            break;
    }
    Result<Arena> huge = reserve_with(PageKind::huge, config.bytes);
    if (huge.ok()) {
        return huge;
    }
    if (transparent_huge_pages_allowed()) {
        Result<Arena> thp = reserve_with(PageKind::thp, config.bytes);
        if (thp.ok()) {
            return thp;
        }
    }
    return reserve_with(PageKind::small, config.bytes);
}

Result<Arena> Arena::reserve_with(PageKind kind, std::size_t bytes) {
    bytes = align_up(bytes, page_bytes_of(kind));
    unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
    if (kind == PageKind::huge) {
        flags |= MFD_HUGETLB | MFD_HUGE_2MB;
    }
    FileDescriptor fd(memfd_create("kera-arena", flags));
    if (!fd.open()) {
        return system_failure("arena_memfd_errno", errno);
    }
    if (ftruncate(fd.get(), static_cast<off_t>(bytes)) != 0) {
        return system_failure("arena_size_errno", errno);
    }
    // The kernel aligns files of huge pages itself. They are reserved by this call, or it fails.
    // Other pages come at the first access.
    std::byte* const base =
        kind == PageKind::huge ? map_at(nullptr, fd.get(), bytes, 0) : map_aligned(fd.get(), bytes);
    if (base == nullptr) {
        return fail(ErrorCode::memory_exhausted, "arena_map_errno", 0, errno);
    }
    Mapping mapping(base, bytes);
    if (kind == PageKind::thp && madvise(base, bytes, MADV_HUGEPAGE) != 0) {
        return system_failure("arena_thp_errno", errno);
    }
    // Gigabytes of user data in a core dump help nobody. A kernel that refuses this does no harm.
    madvise(base, bytes, MADV_DONTDUMP);
    // The kernel refuses F_SEAL_WRITE while we map the memory. With FUTURE_WRITE our mapping stays
    // the only writer.
    constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_FUTURE_WRITE | F_SEAL_SEAL;
    if (fcntl(fd.get(), F_ADD_SEALS, kSeals) != 0) {
        return system_failure("arena_seal_errno", errno);
    }
    return Arena(std::move(fd), std::move(mapping), kind);
}

Result<ArenaRegion> Arena::carve(std::string_view owner, std::size_t bytes, std::size_t alignment) {
    KERA_ASSERT(bytes > 0 && is_power_of_two(alignment) && alignment <= kHugePageBytes, bytes,
                alignment);
    // The mapping starts at a multiple of 2 MiB, so aligned offsets are aligned addresses.
    const std::size_t padding = align_up(carved_bytes_, alignment) - carved_bytes_;
    if (padding > unused_bytes() || bytes > unused_bytes() - padding) {
        return fail(ErrorCode::memory_exhausted, "arena_bytes",
                    static_cast<std::int64_t>(this->bytes()),
                    static_cast<std::int64_t>(carved_bytes_ + padding + bytes));
    }
    const std::size_t offset = carved_bytes_ + padding;
    const ArenaRegion region{RegionId(static_cast<std::int32_t>(regions_.size())), base() + offset,
                             bytes, offset};
    regions_.push_back({std::string(owner), region, padding});
    carved_bytes_ = offset + bytes;
    return region;
}

std::string Arena::describe() const {
    std::string text = "bytes=" + std::to_string(bytes()) + " pages=" + to_string(page_kind_);
    for (const RegionUse& use : regions_) {
        text += ' ' + use.owner + '=' + std::to_string(use.region.bytes + use.padding_bytes);
    }
    return text + " unused=" + std::to_string(unused_bytes());
}

Result<FileDescriptor> Arena::open_read_only() const {
    const std::string path = "/proc/self/fd/" + std::to_string(fd_.get());
    FileDescriptor reopened(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!reopened.open()) {
        return system_failure("arena_reopen_errno", errno);
    }
    return reopened;
}

void Arena::touch_ahead(std::size_t from) {
    KERA_ASSERT(touching_ == nullptr && from <= bytes(), from);
    touching_ = std::make_unique<TouchAhead>(base(), bytes(), from);
}

}  // namespace kera
