// Random appends, retries, reads, retention, eviction and restarts against a list of chunks that
// does all of it naively. KERA_SIM_SEEDS says how many runs; each prints its seed when it fails.
#include <algorithm>
#include <cstdlib>
#include <unordered_map>

#include "base/random.hpp"
#include "storage/read/time_lookup.hpp"
#include "storage/streamlet/replay.hpp"
#include "storage/streamlet/retention.hpp"
#include "storage/testing/found_segments.hpp"
#include "storage/testing/naive_streamlet.hpp"
#include "storage/testing/storage_fixture.hpp"

namespace kera {
namespace {

struct ModelProducer {
    ProducerId id;
    std::int16_t epoch = 0;
    std::int32_t next_sequence = 0;
    TestChunk::Shape last;
    std::int64_t last_base = -1;
};

struct ModelReader {
    Cursor cursor;
    std::int64_t next = 0;
};

class StorageModel : public StorageFixture {
  public:
    explicit StorageModel(std::uint64_t seed) : random_(seed) {
        settings_.segment_bytes_max = 256_KiB;
        settings_.group_segments = static_cast<std::uint32_t>(random_.between(1, 4));
        streamlet_ = make_streamlet(1, settings_);
        producers_.resize(static_cast<std::size_t>(random_.between(1, 6)));
        for (std::size_t i = 0; i < producers_.size(); ++i) {
            producers_[i].id = ProducerId(static_cast<std::int64_t>(i) + 100);
        }
        readers_.resize(3);
    }

    void TestBody() override {}

    void run(int steps) {
        for (int step = 0; step < steps && !HasFailure(); ++step) {
            now_ms_ += random_.between(0, 300);
            take_step();
            EXPECT_EQ(streamlet_->next_offset().value(), naive_.next);
            EXPECT_EQ(streamlet_->readable_head().value(), naive_.head());
            EXPECT_EQ(streamlet_->start_offset().value(), naive_.start);
        }
        restart();
        read_everything();
    }

    int loads() const { return loads_; }

  private:
    void take_step() {
        switch (random_.below(16)) {
            case 0:
                return retry();
            case 1:
                return append_bad();
            case 2:
                return make_durable();
            case 3:
                return streamlet_->lane_count() < 4 && random_.chance(0.2) ? add_lane() : retry();
            case 4:
            case 5:
                return read_on(readers_[random_.below(readers_.size())]);
            case 6:
                return read_anywhere();
            case 7:
                return look_up_time();
            case 8:
                return random_.chance(0.2) ? retain() : delete_before();
            case 9:
                return flush_and_evict();
            case 10:
                return random_.chance(0.05) ? restart() : read_groups();
            default:
                return append_next();
        }
    }

    void add_lane() { EXPECT_TRUE(streamlet_->add_lane(host()).ok()); }

    void append_next() {
        ModelProducer& producer = producers_[random_.below(producers_.size())];
        if (random_.chance(0.02)) {
            ++producer.epoch;
            producer.next_sequence = 0;
        }
        const bool is_large = random_.chance(0.05);
        const TestChunk::Shape shape{
            .producer = producer.id,
            .epoch = ProducerEpoch(producer.epoch),
            .sequence = Sequence(producer.next_sequence),
            .records = static_cast<std::uint32_t>(random_.between(1, 9)),
            .value_bytes = static_cast<std::uint32_t>(is_large ? random_.between(10'000, 100'000)
                                                               : random_.between(0, 2'000)),
            .timestamp_ms = now_ms_ + random_.between(-500, 500)};
        const AckLevel ack_level = random_.chance(0.2) ? AckLevel::disk : AckLevel::leader;
        const LaneId lane = lane_of(producer);
        const TestChunk chunk(shape);
        const Result<Appended> done =
            streamlet_->lane(lane).append(chunk.bytes(), context(ack_level, now_ms_));
        if (!done.ok()) {
            EXPECT_EQ(done.error().code, ErrorCode::memory_exhausted) << describe(done.error());
            return;
        }
        EXPECT_EQ(done->base_offset.value(), naive_.next);
        note_closed(done->closed);
        producer.next_sequence += static_cast<std::int32_t>(shape.records);
        producer.last = shape;
        producer.last_base = naive_.next;
        naive_.chunks.push_back({naive_.next,
                                 shape.records,
                                 lane.value(),
                                 ack_level != AckLevel::disk,
                                 shape.timestamp_ms,
                                 {done->chunk.data, done->chunk.data + done->chunk.bytes}});
        naive_.next += shape.records;
    }

    void retry() {
        ModelProducer& producer = producers_[random_.below(producers_.size())];
        if (producer.last_base < 0 || producer.last.epoch != ProducerEpoch(producer.epoch)) {
            return;
        }
        const Result<Appended> again = append(*streamlet_, lane_of(producer).value(), producer.last,
                                              context(AckLevel::leader, now_ms_));
        if (again.ok()) {
            EXPECT_TRUE(again->duplicate);
            EXPECT_EQ(again->base_offset.value(), producer.last_base);
        } else {
            EXPECT_EQ(again.error().code, ErrorCode::memory_exhausted);
        }
    }

    void append_bad() {
        const ModelProducer& producer = producers_[random_.below(producers_.size())];
        TestChunk chunk({.producer = producer.id,
                         .epoch = ProducerEpoch(producer.epoch),
                         .sequence = Sequence(producer.next_sequence),
                         .records = 3,
                         .value_bytes = 30'000});
        chunk.data()[kClientPartAt + random_.below(chunk.size() - kClientPartAt)] ^= std::byte{4};
        EXPECT_FALSE(streamlet_->lane(lane_of(producer)).append(chunk.bytes(), context()).ok());
    }

    LaneId lane_of(const ModelProducer& producer) {
        return streamlet_->lane_of(producer.id, LaneId(0));
    }

    void make_durable() {
        const auto lane = static_cast<std::uint16_t>(random_.below(streamlet_->lane_count()));
        streamlet_->lane(LaneId(lane)).mark_durable(Offset(naive_.make_durable(lane, random_)));
    }

    void read_on(ModelReader& reader) {
        reader.next = std::max(reader.next, naive_.start);
        const auto bytes_max = static_cast<std::uint32_t>(random_.between(1, 60'000));
        reader.next = read(reader.cursor, reader.next, bytes_max);
    }

    void read_anywhere() {
        if (naive_.start < naive_.head()) {
            Cursor cursor;
            (void)read(cursor, random_.between(naive_.start, naive_.head() - 1), 20'000);
        }
    }

    void read_everything() {
        Cursor cursor;
        for (std::int64_t at = naive_.start; at < naive_.head() && !HasFailure();) {
            at = read(cursor, at, 500'000);
        }
    }

    // Reads, compares with the model, and returns where to go on.
    std::int64_t read(Cursor& cursor, std::int64_t from, std::uint32_t bytes_max) {
        SpanList out(4);
        Result<ReadOutcome> outcome =
            Reader(*streamlet_).read(cursor, Offset(from), bytes_max, out);
        while (outcome.ok() && outcome->needs_load) {
            if (!load(*outcome->needs_load)) {
                return from;
            }
            outcome = Reader(*streamlet_).read(cursor, Offset(from), bytes_max, out);
        }
        if (!outcome.ok()) {
            ADD_FAILURE() << describe(outcome.error()) << " from " << from;
            return from;
        }
        auto expected = naive_.first_from(from);
        std::int64_t next = naive_.head();
        std::uint32_t bytes = 0;
        for_each_chunk(out, [&](const ChunkView& chunk) {
            ASSERT_NE(expected, naive_.chunks.end());
            ASSERT_EQ(chunk.base_offset().value(), expected->base);
            ASSERT_TRUE(std::equal(expected->bytes.begin(), expected->bytes.end(), chunk.data()));
            ASSERT_LT(expected->base, naive_.head());
            bytes += chunk.chunk_bytes();
            next = expected->end();
            ++expected;
        });
        EXPECT_EQ(outcome->bytes, bytes);
        EXPECT_TRUE(bytes <= bytes_max || out.spans().size() == 1);
        EXPECT_GE(outcome->next_offset.value(), from);
        if (bytes == 0) {
            EXPECT_TRUE(expected == naive_.chunks.end() || expected->base >= naive_.head());
        }
        // Offsets that were lost lie between the last chunk and the next one.
        EXPECT_GE(outcome->next_offset.value(), std::min(next, std::max(from, naive_.head())));
        if (expected != naive_.chunks.end() && expected->base < naive_.head()) {
            EXPECT_LE(outcome->next_offset.value(), expected->base);
        }
        return outcome->next_offset.value();
    }

    template <class Visit>
    static void for_each_chunk(const SpanList& out, Visit&& visit) {
        for (const ReadSpan& span : out.spans()) {
            for (std::uint32_t at = 0; at < span.bytes && !testing::Test::HasFailure();) {
                const ChunkView chunk = chunk_at(span.data, at, span.bytes).value();
                visit(chunk);
                at += chunk.chunk_bytes();
            }
        }
    }

    // Every group by itself; together they are all readable chunks, each once.
    void read_groups() {
        std::vector<GroupInfo> groups;
        streamlet_->groups(groups);
        std::vector<std::int64_t> seen;
        for (const GroupInfo& group : groups) {
            GroupPosition at{group.lane, LanePosition{.group = group.group}};
            SpanList out(2);
            while (true) {
                const Result<ReadOutcome> outcome = Reader(*streamlet_).read_group(at, 40'000, out);
                ASSERT_TRUE(outcome.ok()) << describe(outcome.error());
                if (outcome->needs_load) {
                    if (!load(*outcome->needs_load)) {
                        return;
                    }
                    continue;
                }
                for_each_chunk(out, [&](const ChunkView& chunk) {
                    seen.push_back(chunk.base_offset().value());
                });
                if (outcome->end_of_group || outcome->bytes == 0) {
                    break;
                }
            }
        }
        std::sort(seen.begin(), seen.end());
        EXPECT_EQ(seen, naive_.readable_bases());
    }

    void look_up_time() {
        const std::int64_t target = now_ms_ - random_.between(-600, 40'000);
        const Result<TimeOutcome> found = find_time(*streamlet_, target);
        ASSERT_TRUE(found.ok());
        if (found->needs_load) {
            (void)load(*found->needs_load);
            return;
        }
        EXPECT_EQ(found->offset.value(), naive_.first_at(target)) << target;
    }

    void delete_before() {
        if (random_.chance(0.1)) {
            raise_start(random_.between(naive_.start, naive_.next));
        }
    }

    void retain() {
        streamlet_->set_retention({.age_ms_max = random_.chance(0.5) ? 20'000 : kNoLimit,
                                   .bytes_max = random_.chance(0.5) ? 400'000 : kNoLimit});
        for (std::uint16_t lane = 0; lane < streamlet_->lane_count(); ++lane) {
            note_closed(close_expired_group(*streamlet_, streamlet_->lane(LaneId(lane)), now_ms_));
        }
        const std::int64_t start = retained_from(*streamlet_, now_ms_).value();
        EXPECT_LE(start, naive_.head());
        if (streamlet_->retention().bytes_max != kNoLimit && start > naive_.start) {
            EXPECT_TRUE(naive_.bytes_from(start) >= 400'000 ||
                        streamlet_->retention().age_ms_max != kNoLimit);
        }
        raise_start(start);
    }

    void raise_start(std::int64_t start) {
        naive_.start = streamlet_->raise_start(Offset(start)).value();
        EXPECT_EQ(naive_.start, std::min(start, naive_.head()));
        for (std::uint16_t at = 0; at < streamlet_->lane_count(); ++at) {
            Lane& lane = streamlet_->lane(LaneId(at));
            if (lane.drop_below(Offset(naive_.start)) > 0) {
                EXPECT_TRUE(naive_.drop(lane.id(), lane.groups().first())) << at;
            }
        }
        std::erase_if(closed_, [](const SegmentLease& lease) { return lease->is_on_disk(); });
        (void)reclaimer_.reclaim();
    }

    void note_closed(Segment* segment) {
        if (segment != nullptr) {
            closed_.emplace_back(*segment);
        }
    }

    void flush_and_evict() {
        for (const SegmentLease& lease : closed_) {
            files_[lease.get()].assign(lease->bytes(), lease->bytes() + lease->head_bytes());
            memory_.flushed(*lease);
        }
        closed_.clear();
        if (random_.chance(0.5)) {
            (void)memory_.evict(1);
        }
    }

    bool load(Segment& segment) {
        if (!files_.contains(&segment)) {
            loads_ += found_.load(segment, memory_) ? 1 : 0;
            return segment.bytes() != nullptr;
        }
        Result<SegmentBlock> block = memory_.claim_to_load(segment.head_bytes());
        if (!block.ok()) {
            return false;
        }
        EXPECT_TRUE(segment.begin_load());
        const std::vector<std::byte>& file = files_.at(&segment);
        EXPECT_EQ(file.size(), segment.head_bytes());
        std::copy(file.begin(), file.end(), block->data());
        memory_.loaded(segment, std::move(block).value());
        ++loads_;
        return true;
    }

    // All that was durable comes back, the rest of each lane is cut somewhere.
    void restart() {
        closed_.clear();
        files_.clear();
        found_ = FoundSegments();
        const std::uint16_t lanes = streamlet_->lane_count();
        naive_.crash(lanes, random_);
        streamlets_.clear();
        (void)reclaimer_.reclaim();
        streamlet_ = make_streamlet(lanes, settings_);
        StreamletReplay replay(*streamlet_, Offset(naive_.start));
        for (const NaiveChunk& chunk : naive_.chunks) {
            found_.add(ChunkView(chunk.bytes.data()));
        }
        const Result<void> done = found_.replay(replay);
        ASSERT_TRUE(done.ok()) << describe(done.error());
        naive_.next = replay.finish().next_offset.value();
        for (ModelReader& reader : readers_) {
            // Consumers come back with what they had been told.
            reader.cursor = Cursor(reader.cursor.to_wire());
        }
        for (ModelProducer& producer : producers_) {
            // As a client does that cannot know what was kept: a new epoch.
            ++producer.epoch;
            producer.next_sequence = 0;
        }
    }

    Random random_;
    StreamletSettings settings_;
    Streamlet* streamlet_ = nullptr;
    std::vector<ModelProducer> producers_;
    std::vector<ModelReader> readers_;
    NaiveStreamlet naive_;
    std::vector<SegmentLease> closed_;
    std::unordered_map<Segment*, std::vector<std::byte>> files_;
    FoundSegments found_;
    int loads_ = 0;
    std::int64_t now_ms_ = 100'000;
};

TEST(StorageModelTest, agrees_with_a_naive_model_over_random_runs) {
    const char* asked = std::getenv("KERA_SIM_SEEDS");
    const std::uint64_t seeds = asked == nullptr ? 20 : std::strtoull(asked, nullptr, 10);
    int loads = 0;
    for (std::uint64_t seed = 1; seed <= seeds && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        StorageModel model(seed);
        model.run(1'500);
        loads += model.loads();
    }
    EXPECT_GT(loads, 0) << "old data was never read back";
}

}  // namespace
}  // namespace kera
