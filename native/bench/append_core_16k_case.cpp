// Appends 16 KiB chunks to one reactor in this process. This measures a core's whole duty cycle,
// from the message to the answer, without a network. The limit is the fused copy and checksum
// alone, through as much memory of the same kind.
#include <memory>
#include <vector>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/direct_transport.hpp"
#include "bench/memory_limits.hpp"
#include "bench/processor_time.hpp"
#include "bench/touched_memory.hpp"
#include "broker/core/core.hpp"
#include "wire/chunk/chunk_builder.hpp"
#include "wire/message/produce_messages.hpp"
#include "wire/message/session_messages.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera::bench {

namespace {

constexpr std::uint32_t kAppendChunkBytes = 16_KiB;
constexpr std::uint32_t kAppendValueBytes = 1_KiB;
constexpr std::uint32_t kSources = 16;  // together in L2, like chunks that were just received
constexpr std::uint64_t kTurnsBetweenClockReads = 32;

class AppendCore final : public Case {
  public:
    explicit AppendCore(const Scale& scale)
        : scale_(scale), region_(scale.memory_bytes, Sharing::shared) {
        CoreConfig config;
        config.listen = {"direct:bench"};
        config.arena_bytes = scale.memory_bytes;
        config.retention_interval_ms = 10;
        CoreEnvironment environment = native_environment(config);
        environment.make_transport = [this](const Uri&,
                                            ReactorId) -> Result<std::unique_ptr<Transport>> {
            auto transport = std::make_unique<DirectTransport>();
            transport_ = transport.get();
            return std::unique_ptr<Transport>(std::move(transport));
        };
        core_ = must(Core::open(config, environment), "open core");
        core_->arena().touching()->wait();

        ask<HelloAnswer>(Hello{});
        StreamSettings settings;
        settings.retention_bytes = static_cast<std::int64_t>(scale.memory_bytes / 2);
        stream_ = ask<StreamAnswer>(CreateStream{kAnyStream, settings, "appended"}).stream;
        build_sources();
    }

    std::vector<Metric> metrics() const override {
        return {{"", "GB/s", {Bound::ratio_at_least, 0.80}}};
    }

    std::string conditions() const override {
        return "in process, one thread drives one reactor, messages of one chunk of " +
               std::to_string(sources_.front().size()) +
               " B with 1 KiB records handed over in L2 as shared memory would, 16 for each duty "
               "cycle, one streamlet, no producer id, acked `leader`, checksum and records "
               "verified, "
               "retention by size, arena " +
               std::to_string(scale_.memory_bytes >> 20U) + " MiB, pages " +
               to_string(core_->arena().page_kind());
    }

    Values ours() override {
        const Offset end = head();
        transport_->keep_answers(false);
        const std::int64_t from_ns = now_ns();
        std::int64_t spent_ns = 0;
        std::uint64_t chunks = 0;
        while (spent_ns < scale_.round_ns) {
            for (std::uint64_t turn = 0; turn < kTurnsBetweenClockReads; ++turn) {
                append_sources();
                chunks += kSources;
            }
            spent_ns = now_ns() - from_ns;
        }
        transport_->keep_answers(true);
        if (head() - end != static_cast<std::int64_t>(chunks * records_per_chunk_)) {
            fail_bench("appended records are missing: some chunk was refused");
        }
        return {static_cast<double>(chunks * sources_.front().size()) /
                static_cast<double>(spent_ns)};
    }

    Values limit() override {
        return {copy_crc_gb_per_s(region_.bytes(), kAppendChunkBytes, scale_.round_ns)};
    }

  private:
    template <class Answer, class Message>
    Answer ask(const Message& message) {
        FrameBuffer question;
        static_cast<void>(encode_message(message, question, 1));
        poll_until_answered(question.frame(), {});
        return must(
            Answer::decode(must(FrameView::over(transport_->last_answer(), UINT32_MAX), "frame")),
            "answer");
    }

    void poll_until_answered(Bytes head, Bytes body) {
        const std::uint64_t answered = transport_->answers();
        transport_->offer(head, body);
        while (transport_->answers() == answered) {
            core_->poll();
        }
    }

    Offset head() {
        return ask<ListOffsetsAnswer>(ListOffsets{stream_, StreamletId(0), ListOffsets::kLatest})
            .offset;
    }

    void append_sources() {
        const std::uint64_t wanted = transport_->answers() + sources_.size();
        for (const Bytes source : sources_) {
            transport_->offer(head_.frame(), source);
        }
        while (transport_->answers() < wanted) {
            core_->poll();
        }
    }

    void build_sources() {
        ChunkIdentity identity;
        identity.stream = stream_;
        const MutableBytes memory = std::as_writable_bytes(std::span(source_words_));
        for (std::uint32_t index = 0; index < kSources; ++index) {
            ChunkBuilder builder(
                memory.subspan(std::size_t{index} * kAppendChunkBytes, kAppendChunkBytes));
            while (builder.fits(record_bytes(kAppendValueBytes))) {
                std::byte* value = builder.add(kAppendValueBytes, 1'000);
                for (std::uint32_t at = 0; at < kAppendValueBytes; ++at) {
                    value[at] = static_cast<std::byte>(at + index);
                }
            }
            records_per_chunk_ = builder.record_count();
            sources_.emplace_back(builder.seal(identity));
        }
        Append append;
        append.chunk_count = 1;
        append.encode(head_, 1, static_cast<std::uint32_t>(sources_.front().size()));
    }

    Scale scale_;
    TouchedMemory region_;
    std::unique_ptr<Core> core_;
    DirectTransport* transport_ = nullptr;
    FrameBuffer head_;
    StreamId stream_;
    std::uint32_t records_per_chunk_ = 0;
    std::vector<std::uint64_t> source_words_ = std::vector<std::uint64_t>(
        std::size_t{kSources} * kAppendChunkBytes / sizeof(std::uint64_t));
    std::vector<Bytes> sources_;
};

}  // namespace

std::unique_ptr<Case> make_append_core_16k(const Scale& scale) {
    return std::make_unique<AppendCore>(scale);
}

}  // namespace kera::bench
