// Answers which streams there are, and describes them. Belongs to the first reactor's thread; reads
// the directory. Invariant: a list is ordered by id and fits into one answer; the client asks for
// the rest with the last id that it got.
#pragma once

#include "broker/catalog/change_queue.hpp"
#include "broker/catalog/stream_directory.hpp"
#include "broker/session/answers.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

StreamAnswer describe(const Stream& stream);

class StreamListing {
  public:
    StreamListing(StreamDirectory& directory, ChangeQueue& queue, Answers& answers) noexcept
        : directory_(directory), queue_(queue), answers_(answers) {}

    void on_list(const Requester& requester, const FrameView& frame);
    // Waits for the end of a change, if clients can see that change.
    void on_describe(const Requester& requester, const FrameView& frame);
    void on_end_of_term(const Requester& requester, const FrameView& frame);

  private:
    static Result<EndOfTermAnswer> end_of_term(const Stream& stream, const EndOfTerm& asked);

    StreamDirectory& directory_;
    ChangeQueue& queue_;
    Answers& answers_;
};

}  // namespace kera
