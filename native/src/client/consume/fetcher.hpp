// Pull: fetches ahead, so that the next answer is on its way while the one before is being read.
// Thread: the loop's. Borrows the loop, the options, the streamlets and the inbox. Invariants: each
// streamlet is asked for by one fetch at a time; what is asked for and what is unread together stay
// below buffered_bytes_max, but for the last answer.
#pragma once

#include <cstdint>
#include <vector>

#include "client/consume/incoming_streamlets.hpp"
#include "client/session/request_table.hpp"

namespace kera {

class Fetcher final : private RequestOwner {
  public:
    Fetcher(Loop& loop, const ConsumerOptions& options, IncomingStreamlets& streamlets,
            Inbox& inbox) noexcept
        : loop_(loop), options_(options), streamlets_(streamlets), inbox_(inbox) {}
    Fetcher(const Fetcher&) = delete;
    Fetcher& operator=(const Fetcher&) = delete;
    ~Fetcher() { shut_down(); }

    // Asks for all streamlets that may be asked for, as far as there is room.
    void ask(std::int64_t now_ns);
    // The application has read this message to its end.
    void on_read(const Received& received) noexcept { unread_bytes_ -= received.data_bytes; }
    // Answers that are still on their way will be dropped.
    void shut_down();

  private:
    // A fetch under way: which streamlets it asks for, in its order.
    struct FetchUnderWay {
        std::vector<AskedStreamlet> asked;
        std::uint64_t bytes_asked = 0;
        bool used = false;
    };

    static constexpr std::uint32_t kFetchesMax = 64;
    // A smaller share would leave an answer nearly empty where only few streamlets have records.
    static constexpr std::uint32_t kShareMin = 1_MiB;

    bool has_room() const noexcept;
    // Null: so many are under way as may be.
    FetchUnderWay* free_fetch();
    void collect(FetchUnderWay& fetch, std::uint32_t& looked_at, std::int64_t now_ns);
    void share_answer();
    bool send(FetchUnderWay& fetch, std::int64_t now_ns);
    void end(FetchUnderWay& fetch) noexcept;

    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override;
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override;
    bool take_entries(const FetchUnderWay& fetch, DataWalk walk, Received& received);
    void take_entry(IncomingStreamlet& one, const FetchAnswer::Entry& entry);

    Loop& loop_;
    const ConsumerOptions& options_;
    IncomingStreamlets& streamlets_;
    Inbox& inbox_;
    std::vector<FetchUnderWay> fetches_;
    // Where the next fetch begins to collect, so that each streamlet gets its turn to be first.
    std::uint32_t next_to_ask_ = 0;
    // Messages that are used again and again.
    Fetch message_;
    std::vector<FetchAnswer::Entry> entries_;
    std::uint64_t unread_bytes_ = 0;
    std::uint64_t asked_bytes_ = 0;
};

}  // namespace kera
