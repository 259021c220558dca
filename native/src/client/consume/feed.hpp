// Keeps a consumer supplied: resolves where to start, fetches ahead or subscribes, and gives
// credit. Thread: the loop's. Borrows the loop and the consumer's inbox; owns the assignments.
// Invariants: one request or subscription at a time for each assignment; what is asked for and what
// is unread together stay below buffered_bytes_max, but for the last answer.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "client/consume/assignment.hpp"
#include "client/consume/consumer_options.hpp"
#include "client/consume/inbox.hpp"
#include "client/session/request_table.hpp"
#include "client/session/subscription_table.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class Loop;

class Feed final : private RequestOwner, private SubscriptionOwner {
  public:
    Feed(Loop& loop, const ConsumerOptions& options, Inbox& inbox);
    Feed(const Feed&) = delete;
    Feed& operator=(const Feed&) = delete;
    ~Feed();

    // The new assignment's index.
    std::uint32_t add(StreamId stream, StreamletId streamlet);
    // Reads from there on, whatever it did before.
    void start(std::uint32_t assignment, std::uint32_t generation, const StartAt& start);
    void pause(std::uint32_t assignment, std::uint32_t generation);
    void remove(std::uint32_t assignment, std::uint32_t generation);

    int poll(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const noexcept { return look_again_at_ns_; }
    void shut_down();
    void on_session_ready() { changed_ = true; }
    void on_session_lost();

  private:
    enum class Kind : std::uint8_t { fetch, resolve, subscribe, unsubscribe };

    // A fetch under way: which assignments it asks for, in its order.
    struct FetchUnderWay {
        struct Asked {
            std::uint32_t assignment;
            std::uint32_t generation;
        };
        std::vector<Asked> asked;
        std::uint64_t bytes_reserved = 0;
        bool used = false;
    };

    static constexpr std::uint32_t kFetchesMax = 64;

    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;
    static std::uint64_t cookie_of(Kind kind, std::uint32_t generation, std::uint32_t index);

    void ask(std::int64_t now_ns);
    bool may_ask(Assignment& one, std::int64_t now_ns);
    void resolve(std::uint32_t index, std::int64_t now_ns);
    void on_resolved(std::uint32_t index, std::uint32_t generation, const FrameView& frame);

    // Pull: feed_pull.cpp.
    bool has_room_to_fetch() const noexcept;
    void fetch(std::int64_t now_ns);
    void on_fetched(std::uint32_t at, const FrameView& frame, Inbound& message);
    bool take_entries(const FetchUnderWay& under_way, Inbound& message, std::uint32_t head_bytes,
                      Received& received);
    void take_entry(std::uint32_t index, const FetchAnswer::Entry& entry);
    void end_fetch(FetchUnderWay& under_way);

    // Push: feed_push.cpp.
    void subscribe(std::uint32_t index, std::int64_t now_ns);
    void unsubscribe(Assignment& one);
    void end_subscription(Assignment& one);
    void on_push(std::uint32_t index, const Push& push, Inbound& message) override;
    void give_credit(Assignment& one);

    void on_refused(std::uint32_t index, const Error& why, std::uint32_t retry_after_ms);
    void on_out_of_range(Assignment& one, const FetchAnswer::Entry* entry, const Error& why);
    void report(Assignment& one, const Error& why);
    void take_back(Received& received);
    std::uint32_t index_of(const Assignment& one) const noexcept {
        return static_cast<std::uint32_t>(&one - assignments_.data());
    }

    Loop& loop_;
    const ConsumerOptions& options_;
    Inbox& inbox_;
    ReconnectBackoff backoff_;
    std::vector<Assignment> assignments_;
    std::vector<FetchUnderWay> fetches_;
    // Where the next fetch begins to collect, so that each streamlet gets its turn to be first.
    std::uint32_t next_to_ask_ = 0;
    Fetch fetch_;
    std::vector<FetchAnswer::Entry> entries_;
    std::uint64_t buffered_bytes_ = 0;
    std::uint64_t reserved_bytes_ = 0;
    std::int64_t look_again_at_ns_;
    // Something may be asked for now.
    bool changed_ = true;
    bool shut_ = false;
};

}  // namespace kera
