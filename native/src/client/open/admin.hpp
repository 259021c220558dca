// Asks the broker one thing at a time: about streams, offsets and the node.
// Any thread; each call blocks until its answer or its deadline. Without an I/O thread the calling
// thread does the client's work meanwhile. A negative timeout means the client's call timeout.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "base/result.hpp"
#include "client/open/client.hpp"
#include "client/session/request_table.hpp"
#include "wire/message/consume_messages.hpp"
#include "wire/message/node_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class Admin {
  public:
    explicit Admin(Client& client) : client_(client) {}

    Result<StreamAnswer> create_stream(const std::string& name, const StreamSettings& settings,
                                       std::int64_t timeout_ns = -1);
    Result<StreamAnswer> alter_stream(const AlterStream& changes, std::int64_t timeout_ns = -1);
    // More streamlets; kera_stream_grow in kera_streams.h says what this means for keys.
    Result<StreamAnswer> grow_stream(StreamId stream, std::int32_t streamlets,
                                     std::int64_t timeout_ns = -1);
    Result<void> delete_stream(StreamId stream, std::int64_t timeout_ns = -1);
    Result<StreamListAnswer> list_streams(std::int64_t timeout_ns = -1);
    Result<StreamAnswer> describe_stream(const std::string& name, std::int64_t timeout_ns = -1);
    Result<StreamAnswer> describe_stream(StreamId stream, std::int64_t timeout_ns = -1);
    // ListOffsets::kLatest, kEarliest, or the first record at or after a time.
    Result<Offset> list_offset(StreamId stream, StreamletId streamlet, std::int64_t timestamp_ms,
                               std::int64_t timeout_ns = -1);
    // Forgets everything below; says where the streamlet starts now.
    Result<Offset> delete_before(StreamId stream, StreamletId streamlet, Offset offset,
                                 std::int64_t timeout_ns = -1);
    Result<DescribeNodeAnswer> describe_node(std::int64_t timeout_ns = -1);

    // Any request with any answer.
    template <class Answer, class Message>
    Result<Answer> call(const Message& message, std::int64_t timeout_ns);

  private:
    Client& client_;
};

// One request under way, and the thread that waits for it.
template <class Answer>
class Call final : public RequestOwner {
  public:
    void on_answer(std::uint64_t cookie, const FrameView& frame, Inbound& message) override {
        static_cast<void>(cookie);
        static_cast<void>(message);
        end(Answer::decode(frame));
    }
    void on_request_failed(std::uint64_t cookie, const Error& why,
                           std::uint32_t retry_after_ms) override {
        static_cast<void>(cookie);
        static_cast<void>(retry_after_ms);
        end(why);
    }
    void end(Result<Answer> result) {
        result_.emplace(std::move(result));
        done_.store(true, std::memory_order_release);
    }
    bool done() const noexcept { return done_.load(std::memory_order_acquire); }
    Result<Answer>& result() { return *result_; }

  private:
    std::optional<Result<Answer>> result_;
    std::atomic<bool> done_{false};
};

template <class Answer, class Message>
Result<Answer> Admin::call(const Message& message, std::int64_t timeout_ns) {
    Loop& loop = client_.loop();
    const std::int64_t deadline_ns = client_.deadline_ns(timeout_ns);
    KERA_TRY(client_.await_session(timeout_ns));
    Call<Answer> call;
    bool asked = false;
    while (!asked && !call.done()) {
        loop.run([&] {
            const Result<void> sent = loop.connection().request(message, {&call, 0, deadline_ns});
            asked = sent.ok();
            if (!sent.ok() && sent.error().code != ErrorCode::would_block) {
                call.end(sent.error());
            }
        });
        if (!asked && !call.done()) {
            // A full table of requests empties by itself.
            const std::int64_t now_ns = loop.clock().now_ns();
            if (now_ns >= deadline_ns || loop.polling()) {
                return fail(ErrorCode::would_block, "requests_in_flight");
            }
            loop.wait_until(std::min(deadline_ns, now_ns + kNanosPerMilli), [] { return false; });
        }
    }
    const bool done = loop.wait_until(deadline_ns, [&call] { return call.done(); });
    if (!done && !call.done()) {
        loop.run([&] { loop.connection().forget(call); });
    }
    if (!call.done()) {
        return fail(ErrorCode::timed_out, "call_deadline_ns", deadline_ns, deadline_ns);
    }
    return std::move(call.result());
}

}  // namespace kera
