// One read for a fetch: an answer for each entry, the spans to send, and segments that have to be
// read back from disk first. Belongs to one reactor's thread, and is used again for each read.
// Lanes of other reactors are read in place, within this reactor's grace period. Invariant: the
// answers and spans fit into one frame.
#pragma once

#include <cstdint>
#include <vector>

#include "broker/config/core_config.hpp"
#include "broker/read/segment_loads.hpp"
#include "broker/read/sought_lanes.hpp"
#include "broker/read/span_sender.hpp"
#include "broker/stream/stream_table.hpp"
#include "storage/read/reader.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

// What was found for a fetch.
struct FoundData {
    // For one entry. Mostly one span, since chunks of a streamlet lie together.
    static FoundData of_one(std::uint32_t bytes) noexcept { return {bytes, bytes > 0 ? 1 : 0}; }

    std::int64_t bytes = 0;
    std::int64_t spans = 0;
};

class FetchRead {
  public:
    FetchRead(const CoreConfig& config, StreamTable& streams, SegmentLoads& loads) noexcept
        : frame_bytes_max_(config.limits.frame_bytes_max), streams_(streams), loads_(loads) {}

    // How many bytes fit into an answer's frame behind its head.
    std::uint32_t data_bytes_max(std::size_t entries) const noexcept;

    // Reads every entry, until the fetch's `bytes_max` are found. `sought` is that of a fetch that
    // waits; null: it does not wait yet.
    void read_all(const Fetch& fetch, std::uint32_t segments_max, SoughtLanes* sought);
    // Or entry by entry: begin() first, then each wanted entry. Returns what was found.
    void begin(const Fetch& fetch, SoughtLanes* sought);
    FoundData read_one(const Fetch::Entry& asked, std::uint32_t bytes_max);

    // Whether `found` is what the fetch waits for, or as much as one frame carries.
    static bool is_enough(const Fetch& fetch, const FoundData& found, std::uint32_t segments_max);
    // An entry has an error or has reached the end of its group: the fetch is answered at once.
    bool has_news() const noexcept { return has_news_; }
    FoundData found() const noexcept {
        return {spans_.bytes, static_cast<std::int64_t>(spans_.spans.size())};
    }
    // One for each entry that was read.
    const std::vector<FetchAnswer::Entry>& entries() const noexcept { return entries_; }
    SendSpans& spans() noexcept { return spans_; }
    // Segments that have to be read back first.
    std::vector<SegmentLease>& needs_load() noexcept { return needs_load_; }

  private:
    void read_entry(const Fetch::Entry& asked, std::uint32_t bytes_max);
    Result<ReadOutcome> read(const Fetch::Entry& asked, StreamletView& view,
                             std::uint32_t bytes_max, FetchAnswer::Entry& answer);

    const std::uint32_t frame_bytes_max_;
    StreamTable& streams_;
    SegmentLoads& loads_;
    std::vector<FetchAnswer::Entry> entries_;
    std::vector<SegmentLease> needs_load_;
    SoughtLanes* sought_ = nullptr;
    std::uint32_t data_bytes_max_ = 0;
    bool has_news_ = false;
    SpanList read_spans_{16};
    SendSpans spans_;
};

}  // namespace kera
