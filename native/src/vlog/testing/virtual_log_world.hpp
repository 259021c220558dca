// One stream on one reactor over a simulated disk, over many starts, and a model of what was
// appended, promised and deleted. One thread. Invariant: `appended_` has what may be found,
// `promised_` what has to be found.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "disk/sim_disk.hpp"
#include "memory/arena.hpp"
#include "storage/streamlet/replay.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "vlog/files/node_file_path.hpp"
#include "vlog/recovery/recovery.hpp"
#include "vlog/virtual_log.hpp"
#include "wire/chunk/chunk_builder.hpp"

namespace kera {

// What a process has in memory. It is gone after the process.
struct VirtualLogMemory {
    Arena arena = Arena::reserve({.bytes = 24_MiB, .pages = PagePreference::small}).value();
    std::unique_ptr<SegmentPool> pool =
        SegmentPool::create(arena.carve("segments", 24_MiB, 4_KiB).value()).value();
    SegmentMemory memory{*pool, 4_MiB};
    GracePeriods grace;
    Reclaimer reclaimer{grace};
    std::unique_ptr<Streamlet> streamlet;
};

class VirtualLogWorld : public RecoverySink, public SegmentFinder {
  public:
    static constexpr StreamId kStream{7};
    static constexpr StreamletId kStreamlet{0};
    static constexpr std::uint16_t kLanes = 2;

    explicit VirtualLogWorld(std::uint64_t seed)
        : log_sink_(set_log_sink([](LogLevel, std::string_view) {})), random_(seed) {
        options_.journal.file_bytes = 64_KiB;
        options_.journal.first_file_bytes = 16_KiB;
        options_.cleaner = {.kept_bytes_more = 256 << 10,
                            .piece_bytes = 16U << 10U,
                            .unstable_bytes_max = 64 << 10,
                            .look_every_ns = 10 * kNanosPerMilli,
                            .retry_ns = 100 * kNanosPerMilli};
        options_.watch = {.free_bytes_min = 0, .free_bytes_again = 1};
        SimDisk disk(media_, clock_, random_);
        KERA_ASSERT(write_stream_file(disk).ok());
    }
    VirtualLogWorld(const VirtualLogWorld&) = delete;
    VirtualLogWorld& operator=(const VirtualLogWorld&) = delete;
    ~VirtualLogWorld() override {
        end_process();
        set_log_sink(std::move(log_sink_));
    }

    // Recovers; then appends may begin. Fails when the disk dies meanwhile.
    // `reactor`: whose journal goes on. Others are left over.
    Result<RecoveryResult> start(std::uint64_t changes_until_death = UINT64_MAX,
                                 ReactorId reactor = ReactorId(0)) {
        end_process();
        problems_.clear();
        aside_.clear();
        found_.clear();
        process_ = std::make_unique<VirtualLogMemory>();
        disk_ = std::make_unique<SimDisk>(media_, clock_, random_);
        if (changes_until_death != UINT64_MAX) {
            disk_->die_after(changes_until_death);
        }
        KERA_TRY_ASSIGN(const RecoveryResult result, recover(*disk_, *this));
        recovered_ = result;
        if (replay_ == nullptr) {
            return fail(ErrorCode::unknown_stream, "stream_id", 0, kStream.value());
        }
        replay_->finish();
        JournalStart start;
        if (const auto found = result.journals.find(reactor); found != result.journals.end()) {
            start = found->second;
        }
        options_.journal.reactor = reactor;
        log_ = std::make_unique<VirtualLog>(*disk_, clock_, random_, process_->memory, *this,
                                            options_, start);
        for (const auto& [owner, journal] : result.journals) {
            if (owner != reactor) {
                log_->adopt_files(journal.recovered);
            }
        }
        drop_deleted();
        return result;
    }

    void power_cut() {
        disk_->crash();
        media_.crash(random_);
    }

    // Appends one chunk, as a reactor would.
    void append(std::uint16_t lane, std::uint32_t value_bytes) {
        std::vector<std::byte> room(align_up(std::size_t{value_bytes} + 512, 8));
        ChunkBuilder builder(room);
        std::byte* value = builder.add(value_bytes, clock_.epoch_ms());
        for (std::uint32_t i = 0; i < value_bytes; ++i) {
            value[i] = static_cast<std::byte>(random_.next());
        }
        ChunkIdentity identity;
        identity.stream = kStream;
        identity.streamlet = kStreamlet;
        const MutableBytes chunk = builder.seal(identity);
        AppendContext context;
        context.term = Term(1);
        const Result<Appended> appended =
            process_->streamlet->lane(LaneId(lane)).append(chunk, context);
        if (!appended.ok()) {
            ASSERT_EQ(appended.error().code, ErrorCode::memory_exhausted);
            return;
        }
        if (appended->closed != nullptr) {
            log_->segment_closed(*appended->closed);
        }
        const Position end = log_->add(appended->chunk);
        appended_[appended->base_offset] = {chunk.begin() + kClientPartAt, chunk.end()};
        waiting_.emplace_back(end, appended->base_offset);
    }

    // Deletes whole groups, as retention would.
    void delete_before(Offset start) {
        const Offset before = std::exchange(start_offset_, std::max(start_offset_, start));
        if (!write_stream_file(*disk_).ok()) {
            start_offset_ = before;
            return;
        }
        drop_deleted();
    }

    void step() {
        const int work = disk_->poll() + log_->poll();
        while (!waiting_.empty() && waiting_.front().first <= log_->durable_position()) {
            promised_.insert(waiting_.front().second);
            waiting_.pop_front();
        }
        if (work == 0) {
            const std::int64_t next_ns =
                std::min({disk_->next_deadline_ns(), log_->next_deadline_ns(),
                          clock_.now_ns() + kNanosPerSecond});
            clock_.advance_ns(std::max<std::int64_t>(next_ns - clock_.now_ns(), 1000));
        }
    }
    void settle() {
        log_->want_durable();
        for (int i = 0; i < 100'000 && !log_->settled(); ++i) {
            step();
        }
        ASSERT_TRUE(log_->settled());
    }

    // About the last start(): all that was promised and not deleted was found, and nothing that was
    // not appended.
    void expect_found() {
        for (const Offset offset : promised_) {
            if (offset >= start_offset_) {
                ASSERT_TRUE(found_.contains(offset)) << "offset=" << offset.value();
            }
        }
        for (const auto& [offset, bytes] : found_) {
            const auto appended = appended_.find(offset);
            ASSERT_TRUE(appended != appended_.end()) << "offset=" << offset.value();
            ASSERT_TRUE(appended->second == bytes) << "offset=" << offset.value();
        }
    }
    // What was not found must never come back.
    void forget_lost() {
        std::erase_if(appended_, [this](const auto& entry) {
            return !found_.contains(entry.first) && entry.first >= start_offset_;
        });
        waiting_.clear();
    }

    // For the next starts: the sink refuses what is found.
    void set_refuses(std::optional<Error> why) { refuses_ = why; }
    // The settings on disk say so from now on.
    void set_lanes_stored(std::uint16_t lanes) {
        lanes_stored_ = lanes;
        ASSERT_TRUE(write_stream_file(*disk_).ok());
        ASSERT_TRUE(disk_->remove_now(catalog_path(kStream, kCopyEnding)).ok());
    }
    std::uint16_t lanes_found() const { return lanes_found_; }

    VirtualLog& log() { return *log_; }
    SimDisk& disk() { return *disk_; }
    SimMedia& media() { return media_; }
    ManualClock& clock() { return clock_; }
    Random& random() { return random_; }
    const RecoveryResult& recovered() const { return recovered_; }
    const SegmentMemory& memory() const { return process_->memory; }
    Streamlet& streamlet() { return *process_->streamlet; }
    VirtualLogOptions& options() { return options_; }
    const std::vector<RecoveryProblem>& problems() const { return problems_; }
    const std::vector<StreamAside>& aside() const { return aside_; }
    const std::set<Offset>& promised() const { return promised_; }
    const std::map<Offset, std::vector<std::byte>>& found() const { return found_; }

    // --- SegmentFinder
    SegmentLease find_segment(const SegmentPlace& place) noexcept override {
        Group* const group = process_->streamlet->lane(place.lane).groups().find(place.group);
        Segment* const segment = group == nullptr ? nullptr : group->find(place.segment);
        return segment == nullptr ? SegmentLease() : SegmentLease(*segment);
    }

    // --- RecoverySink
    Result<void> stream_found(const StreamFile& stream) override {
        lanes_found_ = stream.settings.lanes;
        StreamletSettings settings;
        settings.segment_bytes_max = kSegmentBytesMin;
        settings.group_segments = 2;
        process_->streamlet = std::make_unique<Streamlet>(stream.stream, kStreamlet, settings,
                                                          stream.term, process_->memory);
        for (std::uint16_t lane = 0; lane < kLanes; ++lane) {
            KERA_TRY(process_->streamlet->add_lane(
                {ReactorId(0), &process_->memory, &process_->reclaimer}));
        }
        replay_ = std::make_unique<StreamletReplay>(*process_->streamlet, start_offset_);
        replay_->note_given(stream.ends.empty() ? Offset(0) : stream.ends.front());
        return {};
    }
    void chunk_found(const ChunkView& chunk) override {
        const Bytes bytes = chunk.bytes();
        const bool is_new =
            found_
                .emplace(chunk.base_offset(),
                         std::vector<std::byte>(bytes.begin() + kClientPartAt, bytes.end()))
                .second;
        ASSERT_TRUE(is_new) << "offset=" << chunk.base_offset().value();
        ASSERT_TRUE(replay_->note_chunk(chunk).ok());
    }
    Result<void> segment_found(RecoveredSegment segment) override {
        if (refuses_) {
            return *refuses_;
        }
        const SegmentPlace& place = segment.place;
        KERA_TRY(replay_->add_segment(place.lane, place.group, place.segment, segment.summary,
                                      segment.created_ms, std::move(segment.extents)));
        return {};
    }
    Result<void> segment_lost(const SegmentPlace& place, Offset end) override {
        return replay_->add_lost_segment(place.lane, place.group, place.segment, end);
    }
    void offsets_given(StreamId, StreamletId, Offset end) override { replay_->note_given(end); }
    void stream_set_aside(StreamAside stream) override {
        if (stream.stream == kStream) {
            replay_.reset();
        }
        aside_.push_back(std::move(stream));
    }
    void stream_deleted(StreamId) override { replay_.reset(); }
    void problem(const RecoveryProblem& problem) override { problems_.push_back(problem); }

  private:
    Result<void> write_stream_file(Disk& disk) {
        StreamFile file;
        file.stream = kStream;
        file.term = Term(1);
        file.settings.lanes = lanes_stored_;
        file.starts = {start_offset_};
        file.name = "stream";
        return disk.replace_now(stream_file_path(kStream), file.encode().value());
    }

    void drop_deleted() {
        for (std::uint16_t lane = 0; lane < kLanes; ++lane) {
            (void)process_->streamlet->lane(LaneId(lane)).drop_below(start_offset_);
        }
        process_->reclaimer.reclaim();
    }

    void end_process() {
        log_.reset();
        replay_.reset();
        disk_.reset();
        process_.reset();
    }

    LogSink log_sink_;
    ManualClock clock_;
    Random random_;
    SimMedia media_;
    VirtualLogOptions options_;
    std::unique_ptr<VirtualLogMemory> process_;
    std::unique_ptr<SimDisk> disk_;
    std::unique_ptr<StreamletReplay> replay_;
    std::unique_ptr<VirtualLog> log_;
    std::optional<Error> refuses_;
    std::uint16_t lanes_stored_ = kLanes;
    std::uint16_t lanes_found_ = 0;

    std::map<Offset, std::vector<std::byte>> appended_;
    std::deque<std::pair<Position, Offset>> waiting_;
    std::set<Offset> promised_;
    Offset start_offset_{0};
    std::map<Offset, std::vector<std::byte>> found_;
    std::vector<RecoveryProblem> problems_;
    std::vector<StreamAside> aside_;
    RecoveryResult recovered_;
};

}  // namespace kera
