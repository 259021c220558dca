#include "broker/metrics/counters.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "base/bytes.hpp"
#include "base/log.hpp"
#include "broker/metrics/counter_sets.hpp"

namespace kera {
namespace {

// Agrona's CountersReader, as written down there and not as our structs have it.
constexpr std::size_t kMetadataBytes = 512;
constexpr std::size_t kTypeIdOffset = 4;
constexpr std::size_t kDeadlineOffset = 8;
constexpr std::size_t kKeyOffset = 16;
constexpr std::size_t kLabelLengthOffset = 128;
constexpr std::size_t kLabelOffset = 132;
constexpr std::size_t kValueBytes = 128;

class CountersTest : public testing::Test {
  protected:
    CountersTest() : before_(set_log_sink([this](LogLevel, std::string_view) { ++log_lines_; })) {}
    ~CountersTest() override { set_log_sink(before_); }

    std::unique_ptr<Counters> make(std::int32_t capacity) {
        return Counters::create({.capacity = capacity, .reuse_after_ms = 100}, clock_).value();
    }

    ManualClock clock_{0, 1'000'000};
    int log_lines_ = 0;
    LogSink before_;
};

// A mapping of the memfd as another process would make it.
class ForeignMapping {
  public:
    explicit ForeignMapping(const Counters& counters)
        : bytes_(counters.bytes()), fd_(counters.open_read_only().value()) {
        void* at = ::mmap(nullptr, bytes_, PROT_READ, MAP_SHARED, fd_.get(), 0);
        EXPECT_NE(at, MAP_FAILED);
        base_ = static_cast<std::byte*>(at);
    }
    ForeignMapping(const ForeignMapping&) = delete;
    ForeignMapping& operator=(const ForeignMapping&) = delete;
    ~ForeignMapping() { ::munmap(base_, bytes_); }

    const std::byte* at(const ArenaRegion& region) const { return base_ + region.offset; }

  private:
    const std::size_t bytes_;
    const FileDescriptor fd_;
    std::byte* base_ = nullptr;
};

std::string label_at(const std::byte* record) {
    const auto bytes = static_cast<std::size_t>(load_le<std::int32_t>(record + kLabelLengthOffset));
    return {reinterpret_cast<const char*>(record + kLabelOffset), bytes};
}

std::map<std::string, std::int64_t> values_by_label(const Counters& counters) {
    std::map<std::string, std::int64_t> found;
    counters.for_each([&](const CounterReading& reading) {
        EXPECT_TRUE(found.emplace(reading.label, reading.value).second) << reading.label;
    });
    return found;
}

TEST_F(CountersTest, shows_another_process_what_agrona_expects) {
    const auto counters = make(4);
    std::array<std::byte, 8> key{};
    store_le<std::int64_t>(key.data(), 77);
    Counter first = counters->allocate(11, "first", {}).value();
    Counter second = counters->allocate(22, "second", key).value();
    first.add(5);
    second.set(-3);

    const ForeignMapping foreign(*counters);
    const std::byte* metadata = foreign.at(counters->metadata_region());
    const std::byte* values = foreign.at(counters->values_region());
    EXPECT_EQ(load_le<std::int32_t>(metadata), 1);
    EXPECT_EQ(load_le<std::int32_t>(metadata + kTypeIdOffset), 11);
    EXPECT_EQ(label_at(metadata), "first");
    EXPECT_EQ(load_le<std::int64_t>(values), 5);

    const std::byte* record = metadata + kMetadataBytes;
    EXPECT_EQ(load_le<std::int32_t>(record), 1);
    EXPECT_EQ(load_le<std::int32_t>(record + kTypeIdOffset), 22);
    EXPECT_EQ(load_le<std::int64_t>(record + kDeadlineOffset), INT64_MAX);
    EXPECT_EQ(load_le<std::int64_t>(record + kKeyOffset), 77);
    EXPECT_EQ(label_at(record), "second");
    EXPECT_EQ(load_le<std::int64_t>(values + kValueBytes), -3);
    EXPECT_EQ(load_le<std::int32_t>(metadata + 2 * kMetadataBytes), 0) << "unused: readers stop";

    EXPECT_GE(counters->metadata_region().bytes, 4 * counters->values_region().bytes);
}

TEST_F(CountersTest, marks_a_freed_record_and_uses_it_again_only_after_the_deadline) {
    const auto counters = make(2);
    {
        Counter gone = counters->allocate(1, "gone").value();
        gone.set(9);
    }
    const std::byte* metadata = counters->metadata_region().base;
    EXPECT_EQ(load_le<std::int32_t>(metadata), -1);
    EXPECT_EQ(load_le<std::int64_t>(metadata + kDeadlineOffset), 1'000'100);
    EXPECT_EQ(counters->allocated(), 0);

    const Counter fresh = counters->allocate(1, "fresh").value();
    EXPECT_EQ(label_at(metadata + kMetadataBytes), "fresh");
    EXPECT_EQ(counters->allocate(1, "too early").error().code, ErrorCode::limit_exceeded);

    clock_.advance_ms(100);
    const Counter again = counters->allocate(1, "again").value();
    EXPECT_EQ(label_at(metadata), "again");
    EXPECT_EQ(again.value(), 0) << "the old value does not shine through";
}

TEST_F(CountersTest, answers_when_full_and_lets_the_caller_go_on_without) {
    const auto counters = make(1);
    Counter only = counters->allocate_if_room(1, "only");
    EXPECT_TRUE(only.counts());
    Counter none = counters->allocate_if_room(1, "none");
    EXPECT_FALSE(none.counts());
    none.add(3);
    none.add_shared(3);
    none.set(3);
    EXPECT_EQ(none.value(), 0);

    const Error error = counters->allocate(1, "none").error();
    EXPECT_EQ(error.limit, 1);
    EXPECT_EQ(log_lines_, 1) << "said once, not for each streamlet";
}

TEST_F(CountersTest, cuts_a_label_that_is_too_long) {
    const auto counters = make(1);
    const Counter counter = counters->allocate(1, std::string(500, 'x')).value();
    EXPECT_EQ(values_by_label(*counters).begin()->first, std::string(380, 'x'));
}

TEST_F(CountersTest, moves_a_counter_without_freeing_it) {
    const auto counters = make(2);
    Counter counter = counters->allocate(1, "moved").value();
    Counter other = std::move(counter);
    counter = Counter();
    other.add(2);
    EXPECT_EQ(values_by_label(*counters), (std::map<std::string, std::int64_t>{{"moved", 2}}));
    other = Counter();
    EXPECT_EQ(counters->allocated(), 0);
}

TEST_F(CountersTest, refuses_a_capacity_that_makes_no_sense) {
    EXPECT_EQ(Counters::create({.capacity = 0}, clock_).error().code, ErrorCode::invalid_argument);
    EXPECT_EQ(Counters::create({.capacity = 1 << 21}, clock_).error().limit, 1 << 20);
}

TEST_F(CountersTest, allocates_reads_and_counts_on_several_threads) {
    const auto counters = make(600);
    Counter shared = counters->allocate(1, "shared").value();
    std::atomic<bool> done{false};
    std::thread reader([&] {
        while (!done.load(std::memory_order_acquire)) {
            counters->for_each([](const CounterReading& reading) {
                ASSERT_TRUE(reading.label == "shared" || reading.label == "own");
            });
        }
    });
    std::vector<std::thread> writers;
    for (int number = 0; number < 2; ++number) {
        writers.emplace_back([&] {
            for (int turn = 0; turn < 250; ++turn) {
                Counter own = counters->allocate_if_room(2, "own");
                own.add();
                shared.add_shared();
            }
        });
    }
    for (std::thread& writer : writers) {
        writer.join();
    }
    done.store(true, std::memory_order_release);
    reader.join();
    EXPECT_EQ(shared.value(), 500);
    EXPECT_EQ(counters->allocated(), 1);
}

TEST_F(CountersTest, names_the_counters_of_a_reactor) {
    const auto counters = make(64);
    ReactorCounters reactor = ReactorCounters::allocate(*counters, ReactorId(3));
    reactor.busy_ns.add(100);
    reactor.batch_size.add(1);
    reactor.batch_size.add(5);
    reactor.batch_size.add(7);
    reactor.batch_size.add(5'000);
    const auto values = values_by_label(*counters);
    EXPECT_EQ(values.at("kera.reactor.busy_ns reactor=3"), 100);
    EXPECT_EQ(values.at("kera.reactor.batch_size reactor=3 from=1"), 1);
    EXPECT_EQ(values.at("kera.reactor.batch_size reactor=3 from=4"), 2);
    EXPECT_EQ(values.at("kera.reactor.batch_size reactor=3 from=128"), 1);
    EXPECT_EQ(values.size(), 16 + SizeCounters::kBuckets);
}

TEST_F(CountersTest, names_the_counters_of_the_node) {
    const auto counters = make(8);
    NodeCounters node = NodeCounters::allocate(*counters);
    node.pool_free_bytes.set(4096);
    const std::map<std::string, std::int64_t> expected{{"kera.pool.free_bytes", 4096},
                                                       {"kera.pool.used_bytes", 0}};
    EXPECT_EQ(values_by_label(*counters), expected);
}

TEST_F(CountersTest, spends_at_most_4_kib_on_a_streamlet) {
    constexpr std::int32_t kStreamlets = 5'000;
    const auto counters = make(kStreamlets * StreamletGauges::kCounters);
    EXPECT_LE(counters->bytes(), std::size_t{kStreamlets} * 4096);
    std::vector<StreamletGauges> streamlets;
    streamlets.reserve(kStreamlets);
    for (std::int32_t number = 0; number < kStreamlets; ++number) {
        streamlets.push_back(
            StreamletGauges::allocate(*counters, StreamId(8), StreamletId(number)));
    }
    EXPECT_TRUE(streamlets.back().start_offset.counts());
    streamlets.back().bytes_in.add_shared(10);
    EXPECT_EQ(values_by_label(*counters).at("kera.streamlet.bytes_in stream=8 streamlet=4999"), 10);
    EXPECT_EQ(log_lines_, 0);
    streamlets.clear();
    EXPECT_EQ(counters->allocated(), 0);
}

}  // namespace
}  // namespace kera
