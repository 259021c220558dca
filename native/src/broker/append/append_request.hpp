// A producer's request while its chunks are on their way: into lanes of this and other reactors,
// then to disk. Belongs to the reactor of the connection it came in on; other reactors only carry
// its address and read the message. Invariant: used again only when no chunk of it is under way any
// more, whether or not the client was answered.
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
    // In the list of those that wait.
    bool waiting = false;
};

// Requests to use again, so that steady appending allocates nothing.
class AppendRequests {
  public:
    AppendRequest& take(std::size_t chunk_count) {
        if (free_.empty()) {
            // For all of them, so that giving back never allocates.
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

    // Whatever is still under way reads no message any more.
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
