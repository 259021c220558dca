// The streamlets that a consumer reads, as the loop sees them, and what pull and push share: when
// they may be asked for, what a refusal does, and how their chunks reach the application.
// Thread: the loop's. Borrows the loop, the options and the consumer's inbox. Invariant: an error
// stops its streamlet and reaches the application after what was read before.
#pragma once

#include <cstdint>
#include <vector>

#include "client/consume/data_walk.hpp"
#include "client/consume/inbox.hpp"
#include "client/consume/incoming_streamlet.hpp"
#include "client/session/reconnect_backoff.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class Loop;

class IncomingStreamlets {
  public:
    IncomingStreamlets(Loop& loop, const ConsumerOptions& options, Inbox& inbox);

    // The new one's index, which it keeps.
    std::uint32_t add(StreamId stream, StreamletId streamlet);
    std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(streamlets_.size()); }
    IncomingStreamlet& operator[](std::uint32_t index) noexcept { return streamlets_[index]; }
    auto begin() noexcept { return streamlets_.begin(); }
    auto end() noexcept { return streamlets_.end(); }

    // Whether to look through them for what may be asked for.
    bool should_ask(std::int64_t now_ns) const noexcept {
        return ask_soon_ || now_ns >= ask_again_at_ns_;
    }
    void ask_soon() noexcept { ask_soon_ = true; }
    void begin_asking() noexcept;
    // Nothing can be asked for before the next session, which looks through all of them.
    void on_session_lost() noexcept;
    // False: asked for already, or not before a time that is remembered.
    bool may_ask(const IncomingStreamlet& one, std::int64_t now_ns) noexcept;
    std::int64_t next_deadline_ns() const noexcept { return ask_again_at_ns_; }

    // Whether the answer is still waited for.
    bool awaits(const AskedStreamlet& asked) const noexcept {
        const IncomingStreamlet& one = streamlets_[asked.index];
        return one.asked && one.generation == asked.generation;
    }
    // What was asked for this streamlet was refused: asks again later, elsewhere, or not any more.
    void refuse(IncomingStreamlet& one, const Error& why, std::uint32_t retry_after_ms);
    // Its offset is not there any more, or not yet. `entry` says where the streamlet begins and
    // ends; null where the broker did not say.
    void reset_offset(IncomingStreamlet& one, const FetchAnswer::Entry* entry, const Error& why);
    // The broker is in another term now, and the one before ended at `end`: goes on from there, if
    // the streamlet was read further.
    void begin_term(IncomingStreamlet& one, Term now, Offset end);

    // Adds this much of a message to what the application gets, in parts that lie together.
    // Returns how many bytes the message lacks.
    std::uint32_t add_parts(DataWalk& walk, std::uint32_t data_bytes, std::uint32_t index,
                            Offset readable_head, Received& received) const;

  private:
    // The application learns of it in its turn, after what was read before.
    void stop(IncomingStreamlet& one, const Error& why);
    ReceivedPart part_of(const IncomingStreamlet& one) const;

    Loop& loop_;
    const ConsumerOptions& options_;
    Inbox& inbox_;
    ReconnectBackoff backoff_;
    std::vector<IncomingStreamlet> streamlets_;
    bool ask_soon_ = true;
    std::int64_t ask_again_at_ns_;
};

}  // namespace kera
