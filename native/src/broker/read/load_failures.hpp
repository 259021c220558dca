// Which segments could not be read back, why, and when each is tried again. Belongs to one
// reactor's thread. Remembers at most kSegmentsMax segments. Invariant: a segment that keeps
// failing is tried at longer and longer intervals, and the number of log lines is limited.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>

#include "base/result.hpp"
#include "base/units.hpp"
#include "storage/segment/segment.hpp"

namespace kera {

class LoadFailures {
  public:
    static constexpr std::size_t kSegmentsMax = 1'024;
    static constexpr std::int64_t kRetryNsMin = 100 * kNanosPerMilli;
    static constexpr std::int64_t kRetryNsMax = 10 * kNanosPerSecond;
    // Log lines in kLinesNs, of all segments together.
    static constexpr int kLinesMax = 20;
    static constexpr std::int64_t kLinesNs = 10 * kNanosPerSecond;

    // `path`: of the file that is the reason.
    void note(const Segment& segment, const std::string& path, const Error& why,
              std::int64_t now_ns);
    void forget(const Segment& segment) noexcept;
    // Why the last try failed; none when the next one may begin. `corrupt` when the bytes are
    // wrong, else disk_failed. The value is the segment's first offset, the limit the offset after
    // its last one.
    std::optional<Error> find(const Segment& segment, std::int64_t now_ns) const;

  private:
    struct Failure {
        Error error;
        std::int64_t retry_at_ns = 0;
        std::int64_t backoff_ns = 0;
    };
    using Key = std::tuple<std::int64_t, std::int32_t, std::uint16_t, std::int32_t, std::int32_t>;

    static Key key_of(const SegmentPlace& place) noexcept;
    void make_room();
    void log_line(const Segment& segment, const std::string& path, const Error& why,
                  std::int64_t now_ns);

    std::map<Key, Failure> failures_;
    std::int64_t lines_from_ns_ = 0;
    int lines_ = 0;
    std::int64_t lines_dropped_ = 0;
};

}  // namespace kera
