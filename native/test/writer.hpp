// A producer of numbered records to many streamlets, with the outcome of each record. One thread;
// borrows the node and the histories. A record's value is its producer, its number, and filling.
// Invariant: a record with an unknown outcome is never written again by anybody.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "history.hpp"
#include "simulated_node.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

inline constexpr std::uint32_t kRecordNameBytes = 16;

inline RecordName record_name_of(const RecordView& record) {
    if (record.value().size() < kRecordNameBytes) {
        return {-1, -1};
    }
    return {load_le<std::int32_t>(record.value().data()),
            load_le<std::int64_t>(record.value().data() + 8)};
}

class Writer {
  public:
    Writer(SimulatedNode& node, std::int32_t number, AckLevel acks, std::int32_t reactor)
        : node_(node), number_(number) {
        Client& client = node.connect("client" + std::to_string(number), reactor);
        if (!client.await_session(60 * kNanosPerSecond).ok()) {
            node.violations().add("no session for a producer");
            return;
        }
        ProducerOptions options;
        options.acks = acks;
        options.chunk_bytes = 16U << 10U;
        options.memory_bytes = 1_MiB;
        options.record_tokens = true;
        options.delivery_timeout_ns = 3'600 * kNanosPerSecond;
        options.on_batch = [this](const BatchOutcome& outcome) { note(outcome); };
        Result<Producer*> producer = client.open_producer(options);
        if (!producer.ok()) {
            node.violations().add("no producer: " + describe(producer.error()));
            return;
        }
        producer_ = *producer;
    }

    void attach(StreamId stream, const std::vector<StreamletHistory*>& streamlets) {
        const Result<StreamHandle> handle =
            producer_->attach(stream, static_cast<std::int32_t>(streamlets.size()));
        if (!handle.ok()) {
            node_.violations().add("not attached: " + describe(handle.error()));
            return;
        }
        handles_[stream] = *handle;
        for (std::size_t at = 0; at < streamlets.size(); ++at) {
            targets_[{stream, StreamletId(static_cast<std::int32_t>(at))}].history = streamlets[at];
        }
    }
    void write(const StreamletPlace& place, std::uint32_t value_bytes) {
        Target& target = targets_.at(place);
        if (target.stopped) {
            target.stopped = false;
            static_cast<void>(producer_->recover(handles_.at(place.stream), place.streamlet));
        }
        const Result<Claim> claim =
            producer_->claim(handles_.at(place.stream), place.streamlet, value_bytes);
        if (!claim.ok()) {
            // Stopped, as its outcomes say; or out of memory because the node accepts nothing.
            if (claim.error().code == ErrorCode::buffer_exhausted) {
                target.history->say("nothing is taken for a minute: " + describe(claim.error()));
            }
            return;
        }
        // Fills all of it, so that old memory contents decide nothing.
        std::fill(claim->value.begin(), claim->value.end(), static_cast<std::byte>(target.next));
        store_le<std::int32_t>(claim->value.data(), number_);
        store_le<std::int32_t>(claim->value.data() + 4, 0);
        store_le<std::int64_t>(claim->value.data() + 8, target.next);
        target.history->written({number_, target.next}, node_.now_ms(), value_bytes);
        producer_->commit(static_cast<std::uint64_t>(target.next));
        ++target.next;
    }
    // True when everything has its outcome.
    bool flush(std::int64_t within_ns) { return producer_->flush(node_.now_ns() + within_ns).ok(); }
    std::int64_t forgotten() const noexcept { return forgotten_; }

  private:
    struct Target {
        StreamletHistory* history = nullptr;
        std::int64_t next = 0;
        std::int64_t appended_ms = 0;
        bool stopped = false;
    };

    void note(const BatchOutcome& outcome) {
        Target& target = targets_.at({outcome.stream, outcome.streamlet});
        if (outcome.error.code == ErrorCode::closed) {
            return;  // the world ends
        }
        if (outcome.error.code != ErrorCode::ok) {
            note_failure(target, outcome);
            return;
        }
        for (std::size_t at = 0; at < outcome.tokens.size(); ++at) {
            const Offset offset = outcome.base_offset < Offset(0)
                                      ? Offset(-1)
                                      : outcome.base_offset + static_cast<std::int64_t>(at);
            const RecordName record{number_, static_cast<std::int64_t>(outcome.tokens[at])};
            // The time of its append is unknown, but not before this.
            target.appended_ms = target.history->written_at_ms(record);
            target.history->acknowledged(record, offset);
        }
    }
    // A producer may be forgotten only after it was silent for the expiry time. Its last records
    // may be damaged on disk.
    void note_failure(Target& target, const BatchOutcome& outcome) {
        const std::int64_t silent_ms = node_.now_ms() - target.appended_ms;
        const ErrorCode code = outcome.error.code;
        const bool expired =
            code == ErrorCode::unknown_producer && silent_ms >= node_.config().producer_expiry_ms;
        const bool lost = target.history->has_rot() &&
                          (code == ErrorCode::unknown_producer || code == ErrorCode::sequence_gap);
        // When a producer's last records are lost, a restarted node does not know it any more.
        const bool gone = code == ErrorCode::unknown_producer && node_.events().starts > 1 &&
                          target.history->may_start_above(Offset(0));
        if (!expired && !lost && !gone) {
            target.history->say("producer " + std::to_string(number_) + " is told " +
                                describe(outcome.error) + " after " + std::to_string(silent_ms) +
                                " ms");
        }
        forgotten_ += expired && !target.stopped ? 1 : 0;
        target.stopped = true;
        for (std::size_t at = 0; at < outcome.tokens.size(); ++at) {
            target.history->failed();
        }
    }

    SimulatedNode& node_;
    const std::int32_t number_;
    Producer* producer_ = nullptr;
    std::map<StreamId, StreamHandle> handles_;
    std::map<StreamletPlace, Target> targets_;
    std::int64_t forgotten_ = 0;
};

}  // namespace kera
