// What to ask for, and when. See receiver.hpp.
#include "client/consume/receiver.hpp"

#include "client/session/loop.hpp"

namespace kera {

Receiver::Receiver(Loop& loop, const ConsumerOptions& options, Inbox& inbox)
    : loop_(loop),
      options_(options),
      inbox_(inbox),
      streamlets_(loop, options, inbox),
      starts_(loop, options, streamlets_),
      terms_(loop, options, streamlets_),
      fetcher_(loop, options, streamlets_, inbox),
      subscriber_(loop, options, streamlets_, inbox) {}

std::uint32_t Receiver::add(StreamId stream, StreamletId streamlet) {
    return streamlets_.add(stream, streamlet);
}

void Receiver::start(std::uint32_t index, std::uint32_t generation, const StartAt& start) {
    IncomingStreamlet& one = streamlets_[index];
    subscriber_.unsubscribe(one);
    one.generation = generation;
    one.start = start;
    one.asked = false;
    one.cursor = WireCursor{};
    one.failures = 0;
    one.not_before_ns = 0;
    if (start.kind == StartAt::Kind::offset) {
        one.state = IncomingStreamlet::State::reading;
        one.next = Offset(start.value);
    } else {
        one.state = IncomingStreamlet::State::resolving;
    }
    streamlets_.ask_soon();
}

void Receiver::pause(std::uint32_t index, std::uint32_t generation) {
    IncomingStreamlet& one = streamlets_[index];
    subscriber_.unsubscribe(one);
    one.generation = generation;
    one.asked = false;
    one.state = IncomingStreamlet::State::paused;
}

int Receiver::poll(std::int64_t now_ns) {
    const int read = inbox_.take_back([this](const Received& received) { on_read(received); });
    if (read > 0) {
        streamlets_.ask_soon();
    }
    if (streamlets_.should_ask(now_ns) && !shut_ && loop_.connection().ready()) {
        ask(now_ns);
    }
    return read;
}

void Receiver::on_read(const Received& received) {
    if (options_.push) {
        subscriber_.on_read(received);
    } else {
        fetcher_.on_read(received);
    }
}

void Receiver::ask(std::int64_t now_ns) {
    streamlets_.begin_asking();
    for (std::uint32_t index = 0; index < streamlets_.count(); ++index) {
        const IncomingStreamlet& one = streamlets_[index];
        if (one.state == IncomingStreamlet::State::resolving) {
            if (streamlets_.may_ask(one, now_ns)) {
                starts_.ask(index, now_ns);
            }
        } else if (one.state == IncomingStreamlet::State::checking_term) {
            if (streamlets_.may_ask(one, now_ns)) {
                terms_.ask(index, now_ns);
            }
        } else if (options_.push && one.state == IncomingStreamlet::State::reading) {
            if (streamlets_.may_ask(one, now_ns)) {
                subscriber_.subscribe(index, now_ns);
            }
        }
    }
    if (!options_.push) {
        fetcher_.ask(now_ns);
    }
}

void Receiver::on_session_lost() {
    for (IncomingStreamlet& one : streamlets_) {
        // A cursor belongs to the broker's memory as it was.
        one.cursor = WireCursor{};
        one.asked = false;
        subscriber_.forget(one);
    }
    streamlets_.on_session_lost();
}

void Receiver::shut_down() {
    shut_ = true;
    starts_.shut_down();
    terms_.shut_down();
    fetcher_.shut_down();
    subscriber_.shut_down();
}

}  // namespace kera
