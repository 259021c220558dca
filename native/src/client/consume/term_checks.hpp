// Asks the broker where the term ended in which a streamlet was read so far, once the broker has
// said that there is another one. A reader that has gone beyond has read records that are lost.
// Thread: the loop's. Borrows the loop, the options and the streamlets.
// Invariant: a streamlet is read on in the broker's term, from an offset that is below its end.
#pragma once

#include <cstdint>

#include "client/consume/consumer_options.hpp"
#include "client/consume/incoming_streamlets.hpp"
#include "client/session/loop.hpp"

namespace kera {

class TermChecks final : private RequestOwner {
  public:
    TermChecks(Loop& loop, const ConsumerOptions& options, IncomingStreamlets& streamlets) noexcept
        : loop_(loop), options_(options), streamlets_(streamlets) {}
    TermChecks(const TermChecks&) = delete;
    TermChecks& operator=(const TermChecks&) = delete;
    ~TermChecks() { shut_down(); }

    // REQUIRES: the streamlet is checking its term, and may be asked for.
    void ask(std::uint32_t index, std::int64_t now_ns);
    // Answers that are still on their way will be dropped.
    void shut_down();

  private:
    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;

    Loop& loop_;
    const ConsumerOptions& options_;
    IncomingStreamlets& streamlets_;
};

}  // namespace kera
