// The duty cycle, in order: messages, mail, commands, disk, waiting requests, timers. Belongs to
// the reactor's thread.
#include "broker/reactor/reactor.hpp"

#include <algorithm>

#include "base/log.hpp"

namespace kera {

namespace {

constexpr int kMessagesPerPoll = 64;
constexpr std::int64_t kTimerStepNs = kNanosPerMilli;

}  // namespace

Reactor::Reactor(const ReactorParts& parts, ReactorCounters&& counters,
                 std::unique_ptr<AppendDurability> durability, FirstReactorParts* first)
    : parts_(parts),
      cycle_(parts_.clock),
      disk_(parts_.disk),
      durability_(std::move(durability)),
      grace_slot_(parts_.grace.join()),
      counters_(std::move(counters)),
      guard_(parts_.id, counters_.internal_errors),
      sessions_(parts_.id),
      streams_(parts_.id),
      answers_(parts_.id, sessions_, parts_.mailboxes,
               first == nullptr ? nullptr : &first->control),
      sender_(counters_),
      loads_(disk_, parts_.memory, cycle_, counters_),
      snapshots_(disk_, streams_, *durability_),
      lane_maintenance_({parts_.id, parts_.config, parts_.clock, streams_, *durability_, snapshots_,
                         parts_.producers}),
      appends_({{parts_.id, cycle_, streams_, parts_.mailboxes, *durability_, lane_maintenance_,
                 parts_.memory, counters_},
                sessions_,
                answers_,
                parts_.config.limits.chunk_bytes_max}),
      fetches_(
          {parts_.config, parts_.clock, sessions_, streams_, loads_, sender_, answers_, counters_}),
      offset_lists_(answers_, streams_, loads_),
      subscriptions_({parts_.config, sessions_, streams_, loads_, sender_, answers_}),
      lifecycle_(parts_.id, streams_, sessions_, *durability_, appends_, lane_maintenance_),
      mailed_starts_(parts_.id, parts_.mailboxes),
      first_(make_first(first)),
      starts_(first_ == nullptr ? static_cast<StartStore&>(mailed_starts_) : first_->catalog()),
      requests_({parts_.id, parts_.config, answers_, parts_.mailboxes, appends_, fetches_,
                 offset_lists_, subscriptions_, guard_,
                 first_ == nullptr ? nullptr : &first_->requests()}) {
    durability_->serve(streams_);
}

std::unique_ptr<FirstReactor> Reactor::make_first(FirstReactorParts* parts) {
    if (parts == nullptr) {
        return nullptr;
    }
    return std::make_unique<FirstReactor>(
        std::move(*parts),
        FirstReactor::Reactor{parts_.config, parts_.counters, parts_.producers, parts_.reclaimer,
                              parts_.mailboxes, disk_, answers_, guard_, streams_, lifecycle_});
}

Reactor::~Reactor() {
    close();
    parts_.grace.leave(grace_slot_);
}

TransportSessions& Reactor::add_transport(std::unique_ptr<Transport> transport) {
    transport_sessions_.push_back(
        std::make_unique<TransportSessions>(std::move(transport), sessions_, sender_, *this));
    return *transport_sessions_.back();
}

int Reactor::poll() {
    int work = 0;
    cycle_.begin_cycle();
    for (const std::unique_ptr<TransportSessions>& sessions : transport_sessions_) {
        work += sessions->poll(kMessagesPerPoll);
    }
    if (work > 0) {
        counters_.batch_size.add(static_cast<std::uint64_t>(work));
    }
    work += handle_mail();
    if (first_ != nullptr) {
        work += first_->commands().poll(cycle_.now_ns(), guard_);
    }
    if (disk_ != nullptr) {
        work += disk_->poll();
    }
    report_dropped();
    work += durability_->poll(appends_);
    guard_.run(0, [&] { work += continue_requests(); });
    for (const std::unique_ptr<TransportSessions>& sessions : transport_sessions_) {
        sessions->transport().flush();
    }
    parts_.grace.pass(grace_slot_);
    return work;
}

// Continues requests that have begun.
int Reactor::continue_requests() {
    int work = appends_.resume_parked();
    work += loads_.poll();
    work += streams_.tell_waiters();
    if (cycle_.now_ns() >= next_timers_ns_) {
        work += run_timers(cycle_.now_ns());
    }
    return work;
}

int Reactor::run_timers(std::int64_t now_ns) {
    next_timers_ns_ = now_ns + kTimerStepNs;
    counters_.mailbox_depth.set(static_cast<std::int64_t>(parts_.mailboxes.depth_for(parts_.id)));
    counters_.waiting_reads.set(
        static_cast<std::int64_t>(fetches_.waiting() + subscriptions_.size()));
    counters_.connections.set(static_cast<std::int64_t>(sessions_.size()));
    int work = appends_.expire(now_ns);
    work += fetches_.expire(now_ns);
    // Not counted as work: it does not keep a reactor awake.
    lane_maintenance_.run(now_ns, starts_);
    if (first_ != nullptr) {
        work += first_->requests().run_timers();
    }
    parts_.reclaimer.reclaim();
    if (parts_.draining.load(std::memory_order_acquire)) {
        continue_draining();
    }
    return work;
}

void Reactor::continue_draining() {
    appends_.refuse_new();
    durability_->want_all();
    const bool done = appends_.idle() && durability_->settled();
    if (done && !settled_.exchange(true, std::memory_order_acq_rel)) {
        log(LogLevel::info, "reactor_drained", {{"reactor", parts_.id}});
    }
}

int Reactor::handle_mail() {
    return parts_.mailboxes.drain(parts_.id, [this](ReactorMessage&& message) {
        guard_.run(0, [&] { handle(std::move(message)); });
    });
}

// The first reactor removes a stream's folder once no reactor writes into it.
void Reactor::report_dropped() {
    std::erase_if(dropped_, [this](const StreamDropped& dropped) {
        if (snapshots_.is_storing(dropped.stream)) {
            return false;
        }
        parts_.mailboxes.send(parts_.id, ReactorId(0), StreamChangeSeen{dropped.change, parts_.id});
        return true;
    });
}

void Reactor::handle(ReactorMessage&& message) {
    if (auto* over = std::get_if<AppendHandOver>(&message)) {
        appends_.on_hand_over(*over);
    } else if (auto* back = std::get_if<AppendHandBack>(&message)) {
        appends_.on_hand_back(*back);
    } else if (auto* moved = std::get_if<HeadMoved>(&message)) {
        if (auto view = streams_.find(moved->stream, moved->streamlet); view.ok()) {
            streams_.note_moved(**view);
        }
    } else if (auto* request = std::get_if<FirstReactorRequest>(&message)) {
        handle_request(*request);
    } else if (auto* answer = std::get_if<RoutedAnswer>(&message)) {
        if (answer->closes) {
            answers_.route_last(answer->requester, answer->frame);
        } else {
            answers_.route(answer->requester, answer->frame);
        }
    } else if (auto* closed = std::get_if<SessionClosed>(&message)) {
        first_->requests().on_session_closed(closed->connection);
    } else if (auto* opened = std::get_if<StreamOpened>(&message)) {
        lifecycle_.opened(std::move(opened->stream));
        parts_.mailboxes.send(parts_.id, ReactorId(0), StreamChangeSeen{opened->change, parts_.id});
    } else if (auto* added = std::get_if<StreamletsAdded>(&message)) {
        lifecycle_.grown(added->stream);
        parts_.mailboxes.send(parts_.id, ReactorId(0), StreamChangeSeen{added->change, parts_.id});
    } else if (auto* grown = std::get_if<GrowthTold>(&message)) {
        lifecycle_.tell_growth(grown->stream, grown->streamlets);
    } else if (auto* dropped = std::get_if<StreamDropped>(&message)) {
        lifecycle_.dropped(dropped->stream);
        dropped_.push_back(*dropped);
        report_dropped();
    } else if (auto* seen = std::get_if<StreamChangeSeen>(&message)) {
        first_->catalog().on_change_seen(seen->change);
    } else if (auto* told = std::get_if<LeadershipTold>(&message)) {
        lifecycle_.leadership_told(*told);
        parts_.mailboxes.send(parts_.id, ReactorId(0), LeadershipSeen{told->change});
    } else if (auto* taken = std::get_if<LeadershipSeen>(&message)) {
        first_->catalog().on_leadership_seen(taken->change);
    } else if (auto* starts = std::get_if<StartsMoved>(&message)) {
        first_->catalog().save_starts(starts->stream);
    } else if (auto* kept = std::get_if<StartsKept>(&message)) {
        lifecycle_.starts_kept(kept->stream);
    }
}

void Reactor::handle_request(const FirstReactorRequest& request) {
    const auto frame = FrameView::over(request.frame, parts_.config.limits.frame_bytes_max);
    KERA_ASSERT(frame.ok());
    const Requester& requester = request.requester;
    if (!guard_.run(requester.template_id,
                    [&] { first_->requests().on_request(requester, *frame); })) {
        answers_.fail_request(requester);
    }
}

void Reactor::on_message(Session& session, Inbound&& message) {
    requests_.on_message(session, std::move(message));
    if (session.unread_answers_exceeded() && !session.closing) {
        session.closing = true;
        session.transport().close(session.endpoint(),
                                  fail(ErrorCode::limit_exceeded, "unread_answer_bytes"));
    }
}

void Reactor::on_violation(Session& session, const Error& what) {
    requests_.on_violation(session, what);
}

void Reactor::on_writable(Session& session) {
    const ConnectionId id = session.id();
    const bool whole = guard_.run(0, [&] {
        fetches_.on_writable(id);
        subscriptions_.on_writable(id);
    });
    if (!whole) {
        answers_.close_session(id);
    }
}

void Reactor::on_closed(Session& session) {
    const ConnectionId id = session.id();
    fetches_.on_session_closed(id);
    subscriptions_.on_session_closed(id);
    if (first_ != nullptr) {
        first_->requests().on_session_closed(id);
    } else {
        parts_.mailboxes.send(parts_.id, ReactorId(0), SessionClosed{id});
    }
}

std::int64_t Reactor::next_deadline_ns() const {
    std::int64_t next =
        std::min({appends_.next_deadline_ns(), fetches_.next_deadline_ns(),
                  lane_maintenance_.next_round_ns(), durability_->next_deadline_ns()});
    if (first_ != nullptr && first_->commands().backlogged()) {
        next = std::min(next, next_timers_ns_);
    }
    if (lane_maintenance_.in_round() || loads_.busy() || parts_.reclaimer.waiting() > 0) {
        next = std::min(next, next_timers_ns_);
    }
    if (disk_ != nullptr) {
        next = std::min(next, disk_->next_deadline_ns());
    }
    for (const std::unique_ptr<TransportSessions>& sessions : transport_sessions_) {
        next = std::min(next, sessions->transport().next_deadline_ns());
    }
    return next;
}

bool Reactor::prepare_park() {
    bool may_sleep = !parts_.mailboxes.has_work_for(parts_.id) &&
                     (first_ == nullptr || !first_->commands().ready());
    for (const std::unique_ptr<TransportSessions>& sessions : transport_sessions_) {
        may_sleep = sessions->transport().prepare_park() && may_sleep;
    }
    if (disk_ != nullptr) {
        may_sleep = disk_->prepare_park() && may_sleep;
    }
    return may_sleep;
}

bool Reactor::flush() {
    // Each turn either writes something, or finds that the disk accepts nothing.
    constexpr int kTurnsWithoutWorkMax = 8;
    durability_->want_all();
    for (int idle = 0; idle < kTurnsWithoutWorkMax && !durability_->settled(); ++idle) {
        disk_->drain();
        if (durability_->poll(appends_) > 0 || disk_->in_flight() > 0) {
            idle = 0;
        }
    }
    // In the journal is enough: what is not in its segment's file yet follows at the next start.
    return durability_->is_durable(durability_->noted(AckLevel::leader));
}

void Reactor::close() {
    appends_.release_messages();
    transport_sessions_.clear();
    // After this, completions from the disk find no session.
    sessions_.close_all();
    if (disk_ != nullptr) {
        disk_->drain();
    }
    loads_.abandon();
    durability_.reset();
}

bool Reactor::quiet() const noexcept {
    return sender_.held() == 0 && !parts_.mailboxes.has_work_for(parts_.id) &&
           (disk_ == nullptr || disk_->in_flight() == 0);
}

}  // namespace kera
