// Readers to which the node pushes, and the product's own consumer. One thread; they borrow the
// node and the history. Their records are checked against the history like those of the other
// readers.
#pragma once

#include "readers.hpp"

namespace kera {

// Subscribe and Credit, in frames.
class PushReader final : public StreamletReader {
  public:
    PushReader(SimulatedNode& node, StreamletHistory& history, const StreamletPlace& place,
               std::int32_t reactor)
        : StreamletReader(node, history, place, "a subscribed reader"),
          connection_(node, "subscriber", reactor) {
        connection_.on_push = [this](const FrameBytes& frame) { on_push(frame); };
    }

    void step() override {
        if (!connection_.connected()) {
            subscribed_ = false;
        }
        connection_.poll();
        if (!subscribed_ && connection_.connect()) {
            subscribe();
        }
        if (subscribed_ && owed_bytes_ > 0) {
            Credit credit;
            credit.subscription = subscription_;
            credit.credit_bytes = std::exchange(owed_bytes_, 0);
            connection_.send(credit);
        }
    }

  private:
    static constexpr std::int64_t kCreditBytes = 1 << 16;

    void subscribe() {
        Subscribe subscribe;
        subscribe.subscription = ++subscription_;
        subscribe.stream = place_.stream;
        subscribe.streamlet = place_.streamlet;
        subscribe.offset = next_;
        subscribe.credit_bytes = kCreditBytes;
        // The first pushes may arrive before the answer is read.
        subscribed_ = true;
        const std::optional<FrameBytes> frame = connection_.ask(subscribe);
        if (!frame) {
            subscribed_ = false;
            return;
        }
        if (const Result<DoneAnswer> answer = decode_answer<DoneAnswer>(*frame); !answer.ok()) {
            subscribed_ = false;
            // When a position is too early, the limit is the streamlet's start.
            refused(answer.error().code, Offset(answer.error().limit));
        }
    }
    void on_push(const FrameBytes& frame) {
        const Result<Push> push = Push::decode(view_of(frame));
        if (!push.ok()) {
            history_.say(name_ + " is pushed what it cannot read");
            return;
        }
        if (push->subscription != subscription_) {
            return;
        }
        if (push->code != ErrorCode::ok) {
            subscribed_ = false;
            // The next subscription asks for the streamlet's start.
            if (push->code != ErrorCode::offset_out_of_range) {
                refused(push->code, Offset(-1));
            }
            return;
        }
        history_.head_was(push->readable_head);
        take(next_, push->next_offset, push->start_offset,
             Bytes(frame).subspan(Push::kHeadBytes, push->data_bytes));
        next_ = push->next_offset;
        owed_bytes_ += push->data_bytes;
    }

    RawConnection connection_;
    bool subscribed_ = false;
    std::int64_t subscription_ = 0;
    std::int64_t owed_bytes_ = 0;
};

// The library's consumer, by pull or by push.
class ConsumerReader final : public StreamletReader {
  public:
    ConsumerReader(SimulatedNode& node, StreamletHistory& history, const StreamletPlace& place,
                   bool push, std::int32_t reactor)
        : StreamletReader(node, history, place,
                          push ? "a consumer that is pushed to" : "a consumer that pulls"),
          connection_(node, "looker", reactor) {
        Client& client = node.connect(push ? "pushed" : "puller", reactor);
        ConsumerOptions options;
        options.push = push;
        options.fetch_bytes_max = 1U << 17U;
        options.streamlet_bytes_max = 1U << 16U;
        options.buffered_bytes_max = 1U << 18U;
        options.credit_bytes = 1 << 16;
        options.out_of_range = OutOfRange::fail;
        consumer_ = client.open_consumer(options).value();
        static_cast<void>(consumer_->assign({place.stream, place.streamlet}, StartAt::earliest()));
    }

    void step() override {
        SeenRecords shown;
        const Offset from = next_;
        const Result<int> got =
            consumer_->poll_records(256, [&](const RecordView& record, const RecordPlace& place) {
                if (place.offset < next_) {
                    history_.say(name_ + " goes back to " + std::to_string(place.offset.value()));
                }
                next_ = std::max(next_, place.offset + 1);
                shown.emplace_back(place.offset, record_name_of(record));
            });
        if (!shown.empty()) {
            served();
            // After a move to the start, the skipped records do not matter.
            history_.read(std::exchange(moved_, false) ? shown.front().first : from, next_,
                          history_.start(), shown);
        }
        if (!got.ok()) {
            go_on(got.error().code);
        }
    }
    bool done() const override {
        const auto position = consumer_->position({place_.stream, place_.streamlet});
        return next_ >= history_.head() || (position && *position >= history_.head()) ||
               history_.start() >= history_.head();
    }

  private:
    void go_on(ErrorCode code) {
        const StreamletRef streamlet{place_.stream, place_.streamlet};
        if (code == ErrorCode::offset_out_of_range) {
            moved_ = true;
            look_for_start();
            static_cast<void>(consumer_->seek(streamlet, StartAt::earliest()));
            return;
        }
        refused(code, Offset(-1));
        static_cast<void>(consumer_->seek(streamlet, StartAt::at(next_)));
    }

    // A consumer that is not given a record does not know where it is. There may be none left.
    void look_for_start() {
        const ListOffsets earliest{place_.stream, place_.streamlet, ListOffsets::kEarliest};
        if (!connection_.connect()) {
            return;
        }
        if (const std::optional<FrameBytes> frame = connection_.ask(earliest)) {
            const auto answer = decode_answer<ListOffsetsAnswer>(*frame);
            if (answer.ok()) {
                history_.start_is(answer->offset, node_.now_ms());
            }
        }
    }

    RawConnection connection_;
    Consumer* consumer_ = nullptr;
    bool moved_ = false;
};

}  // namespace kera
