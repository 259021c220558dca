// Creates and deletes streams while everything else happens, often several right behind each other,
// and never waits. One thread; borrows the node. Invariants checked after any stop: a stream whose
// creation was answered exists until its deletion is requested; one whose deletion was answered is
// gone for ever; no two have one id.
#pragma once

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "raw_connection.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class PassingStreams {
  public:
    explicit PassingStreams(SimulatedNode& node) : node_(node), connection_(node, "passing") {}

    // Requests a few changes right behind each other.
    void ask() {
        take_answers();
        if (!connection_.connect()) {
            return;
        }
        for (std::uint64_t changes = 1 + node_.random().below(3); changes > 0; --changes) {
            ask_one();
        }
        ++asked_;
    }
    void take_answers() {
        connection_.poll();
        for (Stream& stream : streams_) {
            take_answer(stream);
        }
        if (!connection_.connected()) {
            forget_questions();
        }
    }
    // `restarted`: the node has stopped since the requests, so open ones will not happen any more.
    void check(bool restarted) {
        forget();
        if (!connection_.connect()) {
            node_.violations().add("the node takes no connection");
            return;
        }
        std::set<StreamId> ids;
        std::erase_if(streams_, [&](Stream& stream) { return !is_there(stream, restarted, ids); });
    }
    void forget() {
        forget_questions();
        connection_.reset();
    }
    bool waits() const noexcept {
        return std::ranges::any_of(streams_,
                                   [](const Stream& one) { return one.creation || one.deletion; });
    }
    std::int64_t asked() const noexcept { return asked_; }

  private:
    struct Stream {
        std::string name;
        StreamId id = kAnyStream;
        std::optional<std::int64_t> creation;
        std::optional<std::int64_t> deletion;
        bool created = false;
        bool deletion_asked = false;
        bool deleted = false;
    };

    static constexpr std::size_t kStreamsAtMost = 6;
    static constexpr std::int64_t kFirstChosenId = 1'000'000;

    void ask_one() {
        Random& random = node_.random();
        if (!streams_.empty() && (streams_.size() >= kStreamsAtMost || random.chance(0.4))) {
            remove(streams_[random.below(streams_.size())]);
            return;
        }
        Stream& stream = streams_.emplace_back();
        stream.name = "passing" + std::to_string(++named_);
        CreateStream create;
        create.stream = kAnyStream;
        create.name = stream.name;
        create.settings.streamlets = static_cast<std::int32_t>(1 + random.below(3));
        // A chosen id can be deleted before the answer to its creation arrives.
        if (random.chance(0.5)) {
            create.stream = StreamId(kFirstChosenId + named_);
            stream.id = create.stream;
        }
        stream.creation = connection_.send(create);
        if (stream.id != kAnyStream && random.chance(0.3)) {
            remove(stream);
        }
    }
    void remove(Stream& stream) {
        if (stream.id == kAnyStream || stream.deletion) {
            return;
        }
        DeleteStream gone;
        gone.stream = stream.id;
        stream.deletion = connection_.send(gone);
        stream.deletion_asked = true;
    }
    void take_answer(Stream& stream) {
        if (const FrameBytes* frame = answer_to(stream.creation)) {
            const Result<StreamAnswer> answer = decode_answer<StreamAnswer>(*frame);
            stream.creation.reset();
            if (answer.ok()) {
                stream.created = true;
                stream.id = answer->stream;
            }
        }
        if (const FrameBytes* frame = answer_to(stream.deletion)) {
            stream.deletion.reset();
            stream.deleted = stream.deleted || decode_answer<DoneAnswer>(*frame).ok();
        }
    }
    const FrameBytes* answer_to(const std::optional<std::int64_t>& question) const {
        return question ? connection_.answer_to(*question) : nullptr;
    }
    void forget_questions() {
        for (Stream& stream : streams_) {
            stream.creation.reset();
            stream.deletion.reset();
        }
    }
    bool is_there(Stream& stream, bool restarted, std::set<StreamId>& ids) {
        const auto frame = connection_.ask(DescribeStream{kAnyStream, stream.name});
        const Result<StreamAnswer> answer =
            frame ? decode_answer<StreamAnswer>(*frame)
                  : Result<StreamAnswer>(fail(ErrorCode::disconnected, "passing"));
        if (!answer.ok()) {
            if (answer.error().code != ErrorCode::unknown_stream) {
                say(stream, "is not described: " + describe(answer.error()));
            } else if (stream.created && !stream.deletion_asked) {
                say(stream, "was created, and is gone");
            }
            return false;
        }
        if (stream.deleted) {
            say(stream, "was deleted, and is there");
        }
        if (stream.id != kAnyStream && answer->stream != stream.id) {
            say(stream, "has another id: " + std::to_string(answer->stream.value()));
        }
        if (!ids.insert(answer->stream).second) {
            say(stream, "shares its id " + std::to_string(answer->stream.value()));
        }
        stream.id = answer->stream;
        if (restarted) {
            stream.created = true;
            stream.deletion_asked = false;
        }
        return true;
    }
    void say(const Stream& stream, const std::string& what) {
        node_.violations().add(stream.name + " " + what);
    }

    SimulatedNode& node_;
    RawConnection connection_;
    std::vector<Stream> streams_;
    std::int64_t named_ = 0;
    std::int64_t asked_ = 0;
};

}  // namespace kera
