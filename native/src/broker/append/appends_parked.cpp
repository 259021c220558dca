// Appends that wait for the disk to catch up. See appends.hpp.
#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"
#include "broker/append/appends.hpp"

namespace kera {

namespace {

// Of requests that wait for the disk to catch up; beyond it producers are told to come again.
constexpr std::size_t kParkedBytesMax = 64_MiB;

}  // namespace

bool Appends::parks(const AppendRequest& request) const {
    const bool waits = !parked_.empty() || !has_room();
    return waits && (parked_.empty() || parked_bytes_ + request.message.bytes() <= kParkedBytesMax);
}

bool Appends::has_room() const {
    const Result<void> admitted = parts_.durability.admit(AckLevel::leader);
    return admitted.ok() || admitted.error().code != ErrorCode::would_block;
}

void Appends::park(AppendRequest& request) {
    parked_.push_back(&request);
    parked_bytes_ += request.message.bytes();
    request.waiting = true;
    waiting_.push_back(&request);
}

int Appends::go_on() {
    int begun = 0;
    // By turns, so that neither this reactor's clients nor those of others starve.
    bool chunk_next = false;
    for (; (!parked_.empty() || !parked_chunks_.empty()) && has_room(); ++begun) {
        chunk_next = parked_.empty() || (!parked_chunks_.empty() && !chunk_next);
        if (chunk_next) {
            const AppendHandOver chunk = parked_chunks_.front();
            parked_chunks_.pop_front();
            parked_bytes_ -= chunk.chunk.size();
            take_over(chunk);
        } else {
            begin_parked();
        }
    }
    return begun;
}

void Appends::begin_parked() {
    AppendRequest& request = *parked_.front();
    parked_.pop_front();
    parked_bytes_ -= request.message.bytes();
    request.waiting = false;
    std::erase(waiting_, &request);
    Session* const session = parts_.sessions.find(request.requester.connection);
    if (session == nullptr || request.answered) {
        request.answered = true;
        request.open = 0;
        settle(request);
    } else {
        const Result<FrameView> frame = FrameView::over(request.message.head(), UINT32_MAX);
        KERA_ASSERT(frame.ok());
        const Requester requester = request.requester;
        try {
            begin(*session, request, *frame);
        } catch (...) {
            parts_.answers.fail_request(requester);
            throw;
        }
    }
}

void Appends::on_hand_over(const AppendHandOver& chunk) {
    const bool parks = !parked_chunks_.empty() || !has_room();
    const bool fits = parked_bytes_ + chunk.chunk.size() <= kParkedBytesMax;
    if (parks && (parked_chunks_.empty() || fits)) {
        parked_chunks_.push_back(chunk);
        parked_bytes_ += chunk.chunk.size();
    } else {
        take_over(chunk);
    }
}

}  // namespace kera
