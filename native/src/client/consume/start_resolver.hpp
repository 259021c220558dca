// Asks the broker at which offset a streamlet's start lies: its earliest, its latest, or that of a
// time. Thread: the loop's. Borrows the loop, the options and the streamlets.
// Invariant: an answer counts only for the start that it was asked for.
#pragma once

#include <cstdint>

#include "client/consume/incoming_streamlets.hpp"
#include "client/session/request_table.hpp"

namespace kera {

class StartResolver final : private RequestOwner {
  public:
    StartResolver(Loop& loop, const ConsumerOptions& options,
                  IncomingStreamlets& streamlets) noexcept
        : loop_(loop), options_(options), streamlets_(streamlets) {}
    StartResolver(const StartResolver&) = delete;
    StartResolver& operator=(const StartResolver&) = delete;
    ~StartResolver() { shut_down(); }

    // REQUIRES: the streamlet is resolving, and may be asked for.
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
