// Creates, alters and deletes streams, often several at once, and never waits. One thread; borrows
// the node and the histories. Invariants checked: an answered change holds after any stop. An
// unanswered change holds completely or not at all.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "history.hpp"
#include "raw_connection.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

struct AdministeredStream {
    StreamId id;
    std::string name;
    StreamSettings settings;
    std::uint16_t lanes_told = 1;
    std::uint16_t lanes_asked = 1;
    std::int32_t streamlets_told = 1;
    std::int32_t streamlets_asked = 1;
    // The stream's streamlets, in order.
    std::vector<StreamletHistory*> streamlets;
};

class Administrator {
  public:
    explicit Administrator(SimulatedNode& node) : node_(node), connection_(node, "administrator") {}

    // Waits for its answer.
    std::optional<StreamId> create(const std::string& name, const StreamSettings& settings) {
        if (!connection_.connect()) {
            return std::nullopt;
        }
        const auto frame = connection_.ask(CreateStream{kAnyStream, settings, name});
        if (!frame) {
            return std::nullopt;
        }
        const Result<StreamAnswer> answer = decode_answer<StreamAnswer>(*frame);
        if (!answer.ok()) {
            node_.violations().add(name + " is not created: " + describe(answer.error()));
            return std::nullopt;
        }
        return answer->stream;
    }
    // Requests a few changes right behind each other.
    void ask(AdministeredStream& stream) {
        take_answers();
        if (!connection_.connect()) {
            return;
        }
        for (std::uint64_t changes = 1 + node_.random().below(3); changes > 0; --changes) {
            ask_one(stream);
        }
        ++asked_;
    }
    void take_answers() {
        connection_.poll();
        std::erase_if(pending_, [this](const Pending& one) { return take_answer(one); });
        if (!connection_.connected()) {
            pending_.clear();
        }
    }
    // After a stop, or at the end: checks that answered changes hold.
    void check(AdministeredStream& stream) {
        forget();
        if (!connection_.connect()) {
            node_.violations().add("the node takes no connection");
            return;
        }
        const auto frame = connection_.ask(DescribeStream{kAnyStream, stream.name});
        const Result<StreamAnswer> answer =
            frame ? decode_answer<StreamAnswer>(*frame)
                  : Result<StreamAnswer>(fail(ErrorCode::disconnected, "administrator"));
        if (!answer.ok()) {
            node_.violations().add(stream.name + " is not described: " + describe(answer.error()));
            return;
        }
        const std::uint16_t lanes = answer->settings.lanes;
        if (answer->stream != stream.id || lanes < stream.lanes_told ||
            lanes > stream.lanes_asked) {
            node_.violations().add(stream.name + " has " + std::to_string(lanes) + " lanes, told " +
                                   std::to_string(stream.lanes_told) + ", asked " +
                                   std::to_string(stream.lanes_asked));
        }
        stream.lanes_told = std::max(stream.lanes_told, lanes);
        const std::int32_t streamlets = answer->settings.streamlets;
        if (streamlets < stream.streamlets_told || streamlets > stream.streamlets_asked) {
            node_.violations().add(stream.name + " has " + std::to_string(streamlets) +
                                   " streamlets, told " + std::to_string(stream.streamlets_told) +
                                   ", asked " + std::to_string(stream.streamlets_asked));
        }
        stream.streamlets_told = std::max(stream.streamlets_told, streamlets);
    }
    // The node has stopped: open requests will never be answered.
    void forget() {
        pending_.clear();
        connection_.reset();
    }
    bool waits() const noexcept { return !pending_.empty(); }
    std::int64_t asked() const noexcept { return asked_; }

  private:
    struct Pending {
        std::int64_t question = 0;
        AdministeredStream* stream = nullptr;
        // The streamlet of a deletion; none for more lanes or streamlets.
        std::optional<std::size_t> streamlet;
        std::uint16_t lanes = 0;
        std::int32_t streamlets = 0;
    };

    static constexpr std::uint16_t kLanesAtMost = 3;
    static constexpr std::int32_t kStreamletsAtMost = 12;

    void ask_one(AdministeredStream& stream) {
        Random& random = node_.random();
        const std::size_t at = random.below(stream.streamlets.size());
        StreamletHistory& history = *stream.streamlets[at];
        if (stream.streamlets_asked < kStreamletsAtMost && random.chance(0.2)) {
            AlterStream alter;
            alter.stream = stream.id;
            alter.streamlets = ++stream.streamlets_asked;
            pending_.push_back(
                {connection_.send(alter), &stream, std::nullopt, 0, alter.streamlets});
            return;
        }
        if (stream.lanes_asked < kLanesAtMost && random.chance(0.4)) {
            AlterStream alter;
            alter.stream = stream.id;
            alter.lanes = ++stream.lanes_asked;
            pending_.push_back({connection_.send(alter), &stream, std::nullopt, alter.lanes, 0});
            return;
        }
        const std::int64_t span = std::max<std::int64_t>(history.head() - history.start(), 0);
        DeleteBefore before;
        before.stream = stream.id;
        before.streamlet = StreamletId(static_cast<std::int32_t>(at));
        before.offset = history.start() + random.between(0, span / 8);
        history.delete_before(before.offset);
        pending_.push_back({connection_.send(before), &stream, at, 0, 0});
    }
    bool take_answer(const Pending& one) {
        const FrameBytes* frame = connection_.answer_to(one.question);
        if (frame == nullptr) {
            return false;
        }
        if (one.streamlet) {
            const Result<DoneAnswer> done = decode_answer<DoneAnswer>(*frame);
            if (done.ok()) {
                one.stream->streamlets[*one.streamlet]->deleted_before(Offset(done->value));
            }
            return true;
        }
        const Result<StreamAnswer> altered = decode_answer<StreamAnswer>(*frame);
        if (altered.ok()) {
            one.stream->lanes_told = std::max(one.stream->lanes_told, one.lanes);
            one.stream->streamlets_told = std::max(one.stream->streamlets_told, one.streamlets);
        }
        return true;
    }

    SimulatedNode& node_;
    RawConnection connection_;
    std::vector<Pending> pending_;
    std::int64_t asked_ = 0;
};

}  // namespace kera
