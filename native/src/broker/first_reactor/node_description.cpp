// Writes counters into a message. Belongs to the first reactor's thread.
#include "broker/first_reactor/node_description.hpp"

#include "wire/message/control_messages.hpp"

namespace kera {

namespace {

// So many fit into an answer of a few hundred kilobytes. All counters can be read from their
// memory.
constexpr std::size_t kCountersMax = 4'000;

}  // namespace

void NodeDescription::on_describe(const Requester& requester, const FrameView& frame) {
    if (const auto asked = DescribeNode::decode(frame); !asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    DescribeNodeAnswer answer;
    answer.node = config_.node;
    answer.reactor_count = static_cast<std::uint16_t>(config_.reactor_count);
    answer.arena_bytes = static_cast<std::int64_t>(pool_.limit_bytes());
    answer.arena_used_bytes = static_cast<std::int64_t>(pool_.used_bytes());
    counters_.for_each([&answer](const CounterReading& reading) {
        if (answer.counters.size() < kCountersMax) {
            answer.counters.push_back({reading.value, std::string(reading.label)});
        }
    });
    answers_.send(requester, answer);
}

void NodeDescription::on_drain(const Requester& requester, const FrameView& frame) {
    if (const auto asked = Drain::decode(frame); !asked.ok()) {
        answers_.refuse(requester, asked.error());
        return;
    }
    answers_.send(requester, CommandDone::of({}));
    drain_.begin();
    draining_ = true;
}

void NodeDescription::show_memory() noexcept {
    gauges_.pool_used_bytes.set(static_cast<std::int64_t>(pool_.used_bytes()));
    gauges_.pool_free_bytes.set(static_cast<std::int64_t>(pool_.free_bytes()));
}

int NodeDescription::poll() {
    if (!draining_ || !drain_.has_ended()) {
        return 0;
    }
    draining_ = false;
    answers_.send({ReactorId(0), kControlConnection, kNoCorrelation, 0}, Drained{});
    return 1;
}

}  // namespace kera
