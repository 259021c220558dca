// A producer's request while its chunks are on their way: into lanes of this and other reactors,
// then to disk. Belongs to the reactor of its connection; other reactors only carry its address and
// read the message. Invariant: it is used again only when none of its chunks is on its way, whether
// or not the client was answered.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "broker/mail/requester.hpp"
#include "transport/inbound.hpp"
#include "wire/frame/levels.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

struct AppendRequest {
    Requester requester;
    Inbound message;
    AckLevel ack_level = AckLevel::leader;
    std::vector<AppendResult> results;
    // Chunks whose bytes another reactor still reads from `message`.
    std::uint32_t handed_over = 0;
    // Chunks without a final result.
    std::uint32_t open = 0;
    std::int64_t deadline_ns = 0;
    bool answered = false;
    // Listed among the requests that wait.
    bool waiting = false;
};

// Requests are used again, so that steady appending allocates nothing.
class AppendRequests {
  public:
    AppendRequest& take(std::size_t chunk_count) {
        if (free_.empty()) {
            // Room for all of them, so that give_back() never allocates.
            free_.reserve(all_.size() + 1);
            all_.push_back(std::make_unique<AppendRequest>());
            free_.push_back(all_.back().get());
        }
        AppendRequest& request = *free_.back();
        request.results.resize(chunk_count);
        free_.pop_back();
        return request;
    }

    void give_back(AppendRequest& request) {
        request.message.release();
        request.results.clear();
        request.handed_over = 0;
        request.open = 0;
        request.answered = false;
        request.waiting = false;
        free_.push_back(&request);
    }

    // For requests that will not be finished: nothing reads their messages any more.
    void release_messages() noexcept {
        for (const std::unique_ptr<AppendRequest>& request : all_) {
            request->message.release();
        }
    }

    std::size_t in_use() const noexcept { return all_.size() - free_.size(); }

  private:
    std::vector<std::unique_ptr<AppendRequest>> all_;
    std::vector<AppendRequest*> free_;
};

}  // namespace kera
