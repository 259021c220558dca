// Test fixture: the readers of a scripted broker: fetches that wait for records, and subscriptions
// with their credit. One thread. Borrows the streamlets and the clock; `answer_` sends a frame to
// the client. Invariant: a fetch is answered once, with records or when its wait is over.
#pragma once

#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "client/testing/scripted_streamlet.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class ScriptedReaders {
  public:
    using Answer = std::function<void(std::span<const std::byte> frame)>;

    ScriptedReaders(const ManualClock& clock, ScriptedStreamlets& streamlets, Answer answer)
        : clock_(clock), streamlets_(streamlets), answer_(std::move(answer)) {}

    std::map<std::int64_t, Subscribe> subscriptions;

    void on_fetch(const Fetch& fetch, std::int64_t correlation) {
        if (!serve(fetch, correlation, false)) {
            const std::int64_t wait_ns = std::int64_t{fetch.wait_ms_max} * kNanosPerMilli;
            held_.push_back({fetch, correlation, clock_.now_ns() + wait_ns});
        }
    }
    void on_subscribe(const Subscribe& subscribe) {
        subscriptions[subscribe.subscription] = subscribe;
        push(subscribe.subscription);
    }
    void on_credit(const Credit& more) {
        if (subscriptions.contains(more.subscription)) {
            subscriptions[more.subscription].credit_bytes += more.credit_bytes;
            push(more.subscription);
        }
    }
    Offset on_list_offsets(const ListOffsets& asked) {
        const ScriptedStreamlet& streamlet = of(asked.stream, asked.streamlet);
        if (asked.timestamp_ms == ListOffsets::kEarliest) {
            return streamlet.start;
        }
        return asked.timestamp_ms >= 0 ? streamlet.offset_at(asked.timestamp_ms) : streamlet.next;
    }
    // Answers those that wait for records, if some came or their wait is over.
    void serve_waiting() {
        std::erase_if(held_, [this](const HeldFetch& held) {
            return serve(held.fetch, held.correlation, clock_.now_ns() >= held.until_ns);
        });
        for (const auto& [id, subscription] : std::map(subscriptions)) {
            push(id);
        }
    }
    // The session has gone, and all readers with it.
    void forget_all() {
        held_.clear();
        subscriptions.clear();
    }

  private:
    struct HeldFetch {
        Fetch fetch;
        std::int64_t correlation;
        std::int64_t until_ns;
    };

    const ScriptedStreamlet& of(StreamId stream, StreamletId streamlet) {
        return streamlets_[{stream.value(), streamlet.value()}];
    }

    bool serve(const Fetch& asked, std::int64_t correlation, bool last_chance) {
        std::vector<FetchAnswer::Entry> entries;
        std::vector<std::byte> data;
        bool has_news = false;
        for (const Fetch::Entry& want : asked.entries) {
            entries.push_back(read(want, data));
            const FetchAnswer::Entry& entry = entries.back();
            has_news = has_news || entry.code != ErrorCode::ok || entry.data_bytes > 0 ||
                       entry.end_of_group;
        }
        if (!has_news && !last_chance) {
            return false;
        }
        static_cast<void>(FetchAnswer::encode(buffer_, correlation, entries));
        answer_with(data);
        return true;
    }

    FetchAnswer::Entry read(const Fetch::Entry& want, std::vector<std::byte>& data) {
        const ScriptedStreamlet& streamlet = of(want.stream, want.streamlet);
        FetchAnswer::Entry entry;
        entry.stream = want.stream;
        entry.streamlet = want.streamlet;
        entry.offset = entry.next_offset = want.offset;
        entry.start_offset = streamlet.start;
        entry.readable_head = streamlet.next;
        entry.term = streamlet.term;
        if (!streamlet.is_in(want.term)) {
            entry.code = ErrorCode::stale_term;
            entry.limit = streamlet.term.value();
            entry.value = want.term.value();
        } else if (want.offset < streamlet.start || want.offset > streamlet.next) {
            entry.code = ErrorCode::offset_out_of_range;
        }
        for (const ScriptedStreamlet::Chunk& chunk : streamlet.chunks) {
            const ChunkView view(chunk.bytes.data());
            const bool fits =
                entry.data_bytes == 0 || entry.data_bytes + chunk.bytes.size() <= want.bytes_max;
            if (entry.code == ErrorCode::ok && view.end_offset() > want.offset && fits) {
                data.insert(data.end(), chunk.bytes.begin(), chunk.bytes.end());
                entry.data_bytes += static_cast<std::uint32_t>(chunk.bytes.size());
                entry.next_offset = view.end_offset();
                entry.cursor = {0, 0, 0, static_cast<std::int32_t>(entry.next_offset.value())};
            }
        }
        entry.end_of_group = want.order == ReadOrder::group && entry.next_offset == streamlet.next;
        return entry;
    }

    void push(std::int64_t subscription) {
        Subscribe& state = subscriptions[subscription];
        const ScriptedStreamlet& streamlet = of(state.stream, state.streamlet);
        for (const ScriptedStreamlet::Chunk& chunk : streamlet.chunks) {
            const ChunkView view(chunk.bytes.data());
            const auto bytes = static_cast<std::int64_t>(chunk.bytes.size());
            if (view.end_offset() <= state.offset || state.credit_bytes < bytes) {
                continue;
            }
            Push pushed;
            pushed.subscription = subscription;
            pushed.next_offset = view.end_offset();
            pushed.start_offset = streamlet.start;
            pushed.readable_head = streamlet.next;
            pushed.data_bytes = static_cast<std::uint32_t>(bytes);
            pushed.encode(buffer_);
            answer_with(chunk.bytes);
            state.offset = view.end_offset();
            state.credit_bytes -= bytes;
        }
    }

    // What was encoded last, and the data behind it.
    void answer_with(const std::vector<std::byte>& data) {
        std::vector<std::byte> frame(buffer_.frame().begin(), buffer_.frame().end());
        frame.insert(frame.end(), data.begin(), data.end());
        answer_(frame);
    }

    const ManualClock& clock_;
    ScriptedStreamlets& streamlets_;
    const Answer answer_;
    FrameBuffer buffer_;
    std::vector<HeldFetch> held_;
};

}  // namespace kera
