// Answers at which offset a streamlet begins, ends, or reached a time. The last may need a segment
// from disk. Belongs to one reactor's thread. Invariant: each request is answered once, with an
// error when its segment cannot be read.
#pragma once

#include <memory>
#include <vector>

#include "broker/read/segment_loads.hpp"
#include "broker/session/answers.hpp"
#include "broker/stream/stream_table.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class OffsetLists {
  public:
    OffsetLists(Answers& answers, StreamTable& streams, SegmentLoads& loads) noexcept;
    ~OffsetLists();
    OffsetLists(const OffsetLists&) = delete;
    OffsetLists& operator=(const OffsetLists&) = delete;

    void on_list_offsets(const Requester& requester, const FrameView& frame);

  private:
    class Waiting;

    // False when a segment has to be read back for `waiting` first.
    bool attempt(const Requester& requester, const ListOffsets& list, Waiting* waiting);
    void retry(Waiting& waiting);

    Answers& answers_;
    StreamTable& streams_;
    SegmentLoads& loads_;
    std::vector<std::unique_ptr<Waiting>> waiting_;
    SegmentLease needs_load_;
};

}  // namespace kera
