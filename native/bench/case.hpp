// A benchmark: our figures, measured in alternation with the machine's limit. Thread: the
// harness's; a case starts and ends the threads and processes of its rounds itself. Ownership: a
// case owns what it needs between rounds; its destructor leaves nothing behind. Invariant: ours()
// and limit() return one value per metric, NaN where there is none.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kera::bench {

enum class Bound : std::uint8_t { none, at_least, at_most, ratio_at_least, ratio_at_most };

struct Target {
    Bound bound = Bound::none;
    double value = 0;
};

// One row of the table: `case` or `case.suffix`.
struct Metric {
    std::string suffix;
    std::string unit;
    Target target;
};

using Values = std::vector<double>;
inline constexpr double kNotMeasured = std::numeric_limits<double>::quiet_NaN();

// The size of a round: the real one, or just enough to show that the case works.
struct Scale {
    std::int64_t round_ns = 0;
    std::uint64_t memory_bytes = 0;  // of the region or arena that is written
    std::uint64_t disk_bytes = 0;
    std::uint32_t streamlets_max = 0;
    std::int64_t idle_ns = 0;
    int rounds_min = 0;
    int rounds_max = 0;
    std::string folder;         // where files may be written
    std::string memory_folder;  // the same, in memory if the machine has room there
};

class Case {
  public:
    Case() = default;
    Case(const Case&) = delete;
    Case& operator=(const Case&) = delete;
    virtual ~Case() = default;

    virtual std::vector<Metric> metrics() const = 0;

    // Chunk size, record size, streams, chunks in flight, ack level, transport, pages.
    virtual std::string conditions() const = 0;

    virtual Values ours() = 0;
    virtual Values limit() { return {}; }
    // What the limit is. Ratios to limits of different names are not compared.
    virtual std::string limit_name() const { return "limit"; }
};

struct CaseEntry {
    const char* name;
    std::unique_ptr<Case> (*make)(const Scale& scale);
};

// In the order of the table.
const std::vector<CaseEntry>& all_cases();

// A case that cannot continue. Its row states the reason, and the other cases still run.
class BenchFailure : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

[[noreturn]] void fail_bench(const std::string& what);

template <class T>
T must(Result<T>&& result, const char* what) {
    if (!result.ok()) {
        fail_bench(std::string(what) + ": " + describe(result.error()));
    }
    return std::move(result).value();
}

inline void must(const Result<void>& result, const char* what) {
    if (!result.ok()) {
        fail_bench(std::string(what) + ": " + describe(result.error()));
    }
}

// For system calls that return -1 and set errno.
long must_call(long outcome, const char* what);

}  // namespace kera::bench
