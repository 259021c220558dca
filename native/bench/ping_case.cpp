// One record at a time: appended, acknowledged, and pushed to a consumer: shm_ping, tcp_ping.
// Producer and consumer share a client, which the case's thread drives without sleeping. The
// broker's reactor spins in another process, on the other core.
#include <memory>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/histogram.hpp"
#include "bench/node.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"
#include "bench/tcp_limits.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kPingValueBytes = 100;

class Ping final : public Case {
  public:
    Ping(const Scale& scale, bool tcp)
        : scale_(scale),
          tcp_(tcp),
          node_(node_options(scale)),
          session_(tcp ? node_.tcp_uri() : node_.shm_uri()) {
        StreamSettings settings;
        settings.retention_bytes = static_cast<std::int64_t>(16_MiB);
        const StreamId stream = session_.create_stream("pinged", settings);
        ProducerOptions producing;
        producing.acks = AckLevel::leader;
        producing.linger_ns = 0;
        producing.on_batch = [this](const BatchOutcome& outcome) {
            failed_ = failed_ || outcome.error.code != ErrorCode::ok;
            acked_ += outcome.record_count;
        };
        producer_ = &session_.open_producer(producing);
        handle_ = must(producer_->attach(stream, 1), "attach");
        ConsumerOptions consuming;
        consuming.push = true;
        consumer_ = &session_.open_consumer(consuming);
        must(consumer_->assign({stream, StreamletId(0)}, StartAt::earliest()), "assign");
    }

    std::vector<Metric> metrics() const override {
        const Bound bound = tcp_ ? Bound::ratio_at_most : Bound::at_most;
        return {{"p50", "us", {bound, tcp_ ? 2.0 : 3.0}},
                {"p99", "us", {bound, tcp_ ? 2.0 : 15.0}},
                {"p99.9", "us", {}},
                {"max", "us", {}}};
    }

    std::string conditions() const override {
        return std::string(tcp_ ? "TCP loopback" : "shared memory") +
               ", one record of 100 B in flight, idempotent, from its claim until it is both acked "
               "`leader` and read by a consumer subscribed with push; client driven by its caller, "
               "spinning; one reactor in another process, spinning; one streamlet, pages " +
               node_.pages() + (tcp_ ? "; limit: 100 B to and fro over bare TCP, spinning" : "");
    }

    Values ours() override {
        Histogram times;
        const std::int64_t until_ns = now_ns() + scale_.round_ns;
        for (std::int64_t from_ns = now_ns(); from_ns < until_ns;) {
            ping();
            const std::int64_t seen_ns = now_ns();
            times.record(seen_ns - from_ns);
            from_ns = seen_ns;
        }
        return values_of(times);
    }

    std::string limit_name() const override { return "paused ping"; }

    Values limit() override {
        if (!tcp_) {
            return {};
        }
        const PausedNode paused(node_);
        return values_of(tcp_ping(kPingValueBytes, scale_.round_ns));
    }

  private:
    static NodeOptions node_options(const Scale& scale) {
        NodeOptions options;
        options.folder = scale.folder;
        options.arena_bytes = 64_MiB;
        options.idle = IdleKind::spin;
        return options;
    }

    static Values values_of(const Histogram& times) {
        return {static_cast<double>(times.percentile_ns(0.50)) / 1e3,
                static_cast<double>(times.percentile_ns(0.99)) / 1e3,
                static_cast<double>(times.percentile_ns(0.999)) / 1e3,
                static_cast<double>(times.max_ns()) / 1e3};
    }

    void ping() {
        const Claim claim =
            must(producer_->claim(handle_, StreamletId(0), kPingValueBytes), "claim");
        store_le(claim.value.data(), sent_);
        producer_->commit();
        ++sent_;
        const std::int64_t patience_ns = now_ns() + kPatienceNs;
        for (std::uint32_t turns = 0; acked_ < sent_ || seen_ < sent_; ++turns) {
            session_.client().poll();
            must(consumer_->poll_records(16,
                                         [this](const RecordView& record, const RecordPlace&) {
                                             in_order_ =
                                                 in_order_ && load_le<std::uint64_t>(
                                                                  record.value().data()) == seen_;
                                             ++seen_;
                                         }),
                 "poll records");
            if (failed_ || !in_order_ || (turns % 1024 == 1023 && now_ns() > patience_ns)) {
                fail_bench("a record was refused, lost or out of order");
            }
        }
    }

    Scale scale_;
    bool tcp_;
    Node node_;
    Session session_;
    Producer* producer_ = nullptr;
    Consumer* consumer_ = nullptr;
    StreamHandle handle_;
    std::uint64_t sent_ = 0;
    std::uint64_t acked_ = 0;
    std::uint64_t seen_ = 0;
    bool failed_ = false;
    bool in_order_ = true;
};

}  // namespace

std::unique_ptr<Case> make_shm_ping(const Scale& scale) {
    return std::make_unique<Ping>(scale, false);
}

std::unique_ptr<Case> make_tcp_ping(const Scale& scale) {
    return std::make_unique<Ping>(scale, true);
}

}  // namespace kera::bench
