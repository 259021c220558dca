#include "transport/sim/sim_connection.hpp"

#include <algorithm>

#include "transport/sim/sim_transport.hpp"

namespace kera {

SimLink& SimConnection::link(std::size_t from) {
    return net_.link(ends_[from].node, ends_[1 - from].node);
}

bool SimConnection::has_room(std::size_t from, std::uint64_t bytes) const {
    const std::uint64_t window = pipes_[from].window_bytes;
    const auto& link = net_.link(ends_[from].node, ends_[1 - from].node);
    return window == 0 || window + bytes <= link.faults().window_bytes;
}

void SimConnection::send(std::size_t from, std::unique_ptr<SimMessage> message, SimLoan loan) {
    const std::uint64_t bytes = message->bytes();
    pipes_[from].window_bytes += bytes;
    const bool breaks = net_.random().chance(link(from).faults().break_chance);
    put(from, {std::move(message), std::move(loan), breaks}, bytes);
}

void SimConnection::end_sending(std::size_t side) {
    put(side, {}, 0);
}

void SimConnection::put(std::size_t from, Item item, std::uint64_t bytes) {
    Pipe& pipe = pipes_[from];
    pipe.under_way.push_back(std::move(item));
    pipe.last_arrival_ns =
        std::max(pipe.last_arrival_ns, link(from).arrival_ns(net_.now_ns(), bytes, net_.random()));
    net_.schedule(pipe.last_arrival_ns, [self = shared_from_this(), from] {
        Pipe& arriving = self->pipes_[from];
        arriving.arrived = std::min(arriving.arrived + 1, arriving.under_way.size());
        self->drain(from);
    });
}

void SimConnection::drain(std::size_t from) {
    Pipe& pipe = pipes_[from];
    if (pipe.arrived == 0 || broken_) {
        return;
    }
    if (link(from).cut()) {
        stall(from);
        return;
    }
    pipe.stalled = false;
    while (pipe.arrived > 0 && !broken_) {
        --pipe.arrived;
        Item item = std::move(pipe.under_way.front());
        pipe.under_way.pop_front();
        deliver(from, std::move(item));
    }
}

void SimConnection::deliver(std::size_t from, Item item) {
    const std::size_t to = 1 - from;
    SimTransport* receiver = net_.find(ends_[to].transport_id);
    if (item.message == nullptr) {
        if (receiver != nullptr) {
            receiver->receive_end(ends_[to].endpoint, fail(ErrorCode::disconnected, "peer closed"));
        }
        lose_all();
        return;
    }
    release(from, std::move(item.loan));
    if (item.breaks) {
        break_off(fail(ErrorCode::disconnected, "link broke"));
    } else if (receiver != nullptr) {
        receiver->receive_message(ends_[to].endpoint, std::move(item.message));
    }
}

// A cut link reports nothing. The connection breaks after a time. When the link heals before, all
// frames arrive.
void SimConnection::stall(std::size_t from) {
    Pipe& pipe = pipes_[from];
    if (pipe.stalled) {
        return;
    }
    pipe.stalled = true;
    const std::uint64_t number = ++pipe.stalls;
    net_.schedule(net_.now_ns() + link(from).faults().dead_after_ns,
                  [self = shared_from_this(), from, number] {
                      const Pipe& waiting = self->pipes_[from];
                      if (waiting.stalled && waiting.stalls == number) {
                          self->break_off(fail(ErrorCode::timed_out, "peer silent"));
                      }
                  });
}

void SimConnection::release(std::size_t side, SimLoan loan) {
    if (loan.token() == kNoToken) {
        return;
    }
    const std::int64_t delay_ns =
        net_.random().between(0, link(side).faults().release_delay_ns_max);
    net_.schedule(net_.now_ns() + delay_ns,
                  [self = shared_from_this(), side, held = std::move(loan)] {
                      SimTransport* sender = self->net_.find(self->ends_[side].transport_id);
                      if (sender != nullptr) {
                          held.check_untouched();
                          sender->receive_release(self->ends_[side].endpoint, held.token());
                      }
                  });
}

void SimConnection::taken(std::size_t from, std::uint64_t bytes) {
    Pipe& pipe = pipes_[from];
    pipe.window_bytes -= bytes;
    if (pipe.window_bytes <= link(from).faults().window_bytes / 2) {
        SimTransport* sender = net_.find(ends_[from].transport_id);
        if (sender != nullptr) {
            sender->receive_room(ends_[from].endpoint);
        }
    }
}

void SimConnection::crash(std::size_t side, bool machine) {
    if (broken_) {
        return;
    }
    Pipe& pipe = pipes_[side];
    pipe.under_way.resize(net_.random().below(pipe.under_way.size() + 1));
    pipe.arrived = std::min(pipe.arrived, pipe.under_way.size());
    if (!machine) {
        end_sending(side);
        return;
    }
    net_.schedule(net_.now_ns() + link(side).faults().dead_after_ns, [self = shared_from_this()] {
        self->break_off(fail(ErrorCode::timed_out, "peer silent"));
    });
}

void SimConnection::break_off(const Error& why) {
    if (broken_) {
        return;
    }
    lose_all();
    for (const End& end : ends_) {
        SimTransport* transport = net_.find(end.transport_id);
        if (transport != nullptr) {
            transport->receive_end(end.endpoint, why);
        }
    }
}

void SimConnection::lose_all() {
    broken_ = true;
    for (std::size_t side = 0; side < 2; ++side) {
        Pipe& pipe = pipes_[side];
        for (Item& lost : pipe.under_way) {
            release(side, std::move(lost.loan));
        }
        pipe.under_way.clear();
        pipe.arrived = 0;
    }
}

}  // namespace kera
