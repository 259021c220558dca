// Which streams there are, and what they are, as clients are told. Belongs to the first reactor's
// thread; reads the directory. Invariant: a list is in the order of ids, and fits into one answer;
// what does not fit is asked for again, behind the last one listed.
#pragma once

#include "broker/catalog/change_queue.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/session/answers.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

StreamAnswer describe(const Stream& stream);

class StreamListing {
  public:
    StreamListing(StreamDirectory& directory, ChangeQueue& queue, Answers& answers) noexcept
        : directory_(directory), queue_(queue), answers_(answers) {}

    void on_list(const Requester& requester, const FrameView& frame);
    // Waits for the end of a change that clients can see.
    void on_describe(const Requester& requester, const FrameView& frame);

  private:
    StreamDirectory& directory_;
    ChangeQueue& queue_;
    Answers& answers_;
};

}  // namespace kera
