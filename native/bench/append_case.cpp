// Appends 16 KiB chunks to one reactor in this process: append_core_16k, append_core_16k_journal.
// This measures a core's whole duty cycle, from the message to the answer, without a network. The
// limit is the fused copy and checksum alone, through the memory that the stream has just given
// back. With a journal, another thread writes the same bytes to files in memory, so the limit is
// the slower of that copy and of write(), each alone.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <vector>

#include "base/units.hpp"
#include "bench/cases.hpp"
#include "bench/direct_transport.hpp"
#include "bench/disk_limits.hpp"
#include "bench/memory_limits.hpp"
#include "bench/processor_time.hpp"
#include "bench/session.hpp"
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
    AppendCore(const Scale& scale, bool keeps_data, std::uint64_t retained_bytes)
        : scale_(scale), keeps_data_(keeps_data), retained_bytes_(retained_bytes) {
        CoreConfig config;
        config.listen = {"direct:bench"};
        config.arena_bytes = scale.memory_bytes;
        config.retention_interval_ms = 10;
        if (keeps_data) {
            config.data_folder = scale.memory_folder + "/append";
            std::filesystem::create_directories(config.data_folder);
        }
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
        unused_pool_bytes_ = core_->pool().used_bytes();
    }

    std::vector<Metric> metrics() const override {
        if (!keeps_data_) {
            return {{"", "GB/s", {Bound::ratio_at_least, 0.80}}};
        }
        return {{"", "GB/s", {}}, {"cpu", "s/GB", {}}, {"disk_cpu", "s/GB", {}}};
    }

    std::string conditions() const override {
        return "in process, one thread drives one reactor, messages of one chunk of " +
               std::to_string(sources_.front().size()) +
               " B with 1 KiB records handed over in L2 as shared memory would, 16 for each duty "
               "cycle, one streamlet, no producer id, acked `leader`, checksum and records "
               "verified, retention of " +
               std::to_string(retained_bytes_ >> 20U) + " MiB, arena " +
               std::to_string(scale_.memory_bytes >> 20U) + " MiB, pages " +
               to_string(core_->arena().page_kind()) +
               "; limit: fused copy and checksum through the same memory" +
               (keeps_data_ ? ", or write() of a source in L2 into the journal's files, the "
                              "slower; data in " +
                                  scale_.memory_folder +
                                  "; cpu: of all threads, disk_cpu: of "
                                  "those that write files, limit: that write()"
                            : "");
    }

    Values ours() override {
        create_stream();
        transport_->keep_answers(false);
        const std::int64_t process_from_ns = process_cpu_ns(getpid());
        const std::int64_t thread_from_ns = thread_cpu_ns();
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
        const auto all_ns = static_cast<double>(process_cpu_ns(getpid()) - process_from_ns);
        const auto own_ns = static_cast<double>(thread_cpu_ns() - thread_from_ns);
        transport_->keep_answers(true);
        if (head().value() != static_cast<std::int64_t>(chunks * records_per_chunk_)) {
            fail_bench("appended records are missing: some chunk was refused");
        }
        delete_stream();
        const auto bytes = static_cast<double>(chunks * sources_.front().size());
        const double gb_per_s = bytes / static_cast<double>(spent_ns);
        return keeps_data_ ? Values{gb_per_s, all_ns / bytes, (all_ns - own_ns) / bytes}
                           : Values{gb_per_s};
    }

    std::string limit_name() const override { return keeps_data_ ? "copy and write" : "copy"; }

    // The pool lends first what came back last, so these are the blocks that the stream had.
    Values limit() override {
        std::vector<SegmentBlock> loans;
        std::vector<MutableBytes> blocks;
        for (std::uint64_t bytes = 0; bytes < retained_bytes_; bytes += blocks.back().size()) {
            loans.push_back(
                must(core_->pool().acquire(core_->pool().largest_class_bytes()), "acquire"));
            blocks.emplace_back(loans.back().data(), loans.back().bytes());
        }
        const std::int64_t each_ns = keeps_data_ ? scale_.round_ns / 2 : scale_.round_ns;
        const double copying = copy_crc_gb_per_s(blocks, kAppendChunkBytes, each_ns);
        if (!keeps_data_) {
            return {copying};
        }
        const double writing = write_left_journals_gb_per_s(core_->config().data_folder, each_ns);
        return {std::min(copying, writing), kNotMeasured, 1 / writing};
    }

  private:
    void create_stream() {
        StreamSettings settings;
        settings.retention_bytes = static_cast<std::int64_t>(retained_bytes_);
        stream_ = ask<StreamAnswer>(CreateStream{kAnyStream, settings, "appended"}).stream;
        build_sources();
    }

    // Returns when all of its memory is back in the pool.
    void delete_stream() {
        ask<DoneAnswer>(DeleteStream{stream_});
        const std::int64_t until_ns = now_ns() + kPatienceNs;
        while (core_->pool().used_bytes() > unused_pool_bytes_) {
            core_->poll();
            if (now_ns() > until_ns) {
                fail_bench("a deleted stream keeps its memory");
            }
        }
    }

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
        sources_.clear();
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
    bool keeps_data_;
    std::uint64_t retained_bytes_;
    std::unique_ptr<Core> core_;
    std::size_t unused_pool_bytes_ = 0;
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
    return std::make_unique<AppendCore>(scale, false, scale.memory_bytes / 2);
}

// Retention deletes all but the latest soon, so log files are used again.
std::unique_ptr<Case> make_append_core_16k_journal(const Scale& scale) {
    constexpr std::uint64_t kRetainedBytes = 256_MiB;
    return std::make_unique<AppendCore>(scale, true,
                                        std::min(kRetainedBytes, scale.memory_bytes / 2));
}

}  // namespace kera::bench
