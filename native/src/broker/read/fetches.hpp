// Fetches: the broker reads the requested chunks from segments and sends them from there; a fetch
// that finds too little waits. Belongs to one reactor's thread. Invariant: a fetch is answered
// once: with data, with an error, or empty after its time.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/clock.hpp"
#include "broker/config/core_config.hpp"
#include "broker/metrics/counter_sets.hpp"
#include "broker/read/fetch_read.hpp"
#include "broker/read/segment_loads.hpp"
#include "broker/read/span_sender.hpp"
#include "broker/session/answers.hpp"
#include "broker/session/session_table.hpp"
#include "broker/stream/stream_table.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class Fetches {
  public:
    struct Parts {
        const CoreConfig& config;
        const Clock& clock;
        SessionTable& sessions;
        StreamTable& streams;
        SegmentLoads& loads;
        SpanSender& sender;
        Answers& answers;
        ReactorCounters& counters;
    };

    explicit Fetches(const Parts& parts);
    Fetches(const Fetches&) = delete;
    Fetches& operator=(const Fetches&) = delete;
    ~Fetches();

    void on_fetch(const Requester& requester, const FrameView& frame);
    // The session can take data again.
    void on_writable(ConnectionId connection);
    void on_session_closed(ConnectionId connection);
    int expire(std::int64_t now_ns);
    std::int64_t next_deadline_ns() const noexcept;
    std::size_t waiting() const noexcept { return waiting_.size(); }

  private:
    class Waiting;

    // What a fetch that found too little does: wait for more, wait only for segments from disk, or
    // answer.
    enum class Patience : std::uint8_t { for_more, for_disk, none };

    // Reads; true when the fetch was answered.
    bool attempt(const Requester& requester, const Fetch& fetch, Patience patience,
                 Waiting* waiting);
    bool send(Session& session, const Requester& requester);
    // Whether this many more entries may wait.
    Result<void> check_waiting(const Session& session, std::size_t entries) const;
    void count_waiting(const Waiting& waiting, bool comes) noexcept;
    void wait(const Requester& requester, Fetch&& fetch);
    void on_moved(Waiting& waiting, StreamletView& view);
    void want_loads(Waiting& waiting);
    void retry(Waiting& waiting, Patience patience);
    void forget(Waiting& waiting);

    Parts parts_;
    std::vector<std::unique_ptr<Waiting>> waiting_;
    std::size_t entries_waiting_ = 0;
    // The latest read.
    FetchRead read_;
};

}  // namespace kera
