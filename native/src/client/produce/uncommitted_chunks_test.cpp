// What threads outside are promised that write into the same chunks: nothing of a record is sent
// before it is written, the order stays, and one that sleeps holds up its own streamlet only.
#include "client/produce/uncommitted_chunks.hpp"

#include <gtest/gtest.h>

#include <mutex>
#include <thread>

#include "client/testing/scripted_outside_threads.hpp"
#include "client/testing/scripted_records.hpp"

namespace kera {
namespace {

struct ThreadsWorld : ScriptedWorld {
    explicit ThreadsWorld(std::int64_t linger_ns = 5 * kNanosPerMilli) {
        ProducerOptions options = small_chunks();
        options.memory_bytes = 16_KiB;
        options.linger_ns = linger_ns;
        states.resize(options.rounded().buffers_max());
        options.states = states;
        producer = client->open_shared_producer(options).value();
        handle = producer->attach(kStream, 2).value();
        writer = std::make_unique<ScriptedOutsideWriter>(producer->area());
        threads = std::make_unique<ScriptedOutsideThreads>(producer->area(), *writer);
    }
    // Before the states go.
    ~ThreadsWorld() { client->close(); }

    std::uint32_t open(std::string_view value, std::int32_t streamlet = 0) {
        writer->listen();
        std::optional<std::uint32_t> chunk = threads->open(handle, streamlet, value);
        if (!chunk) {
            writer->want(producer->area().chunk_bytes);
            poll(1);
            writer->listen();
            chunk = threads->open(handle, streamlet, value);
        }
        return chunk.value();
    }
    std::vector<std::string> values(std::int32_t streamlet = 0) {
        return broker->values(7, streamlet);
    }
    void pass_linger() {
        poll(2);
        clock.advance_ns(5 * kNanosPerMilli);
        poll(3);
    }

    std::vector<kera_shared_chunk_state> states;
    SharedProducer* producer = nullptr;
    std::uint32_t handle = 0;
    std::unique_ptr<ScriptedOutsideWriter> writer;
    std::unique_ptr<ScriptedOutsideThreads> threads;
};

TEST(UncommittedChunksTest, a_closed_chunk_is_sent_once_all_of_it_is_committed) {
    ThreadsWorld world;
    const std::uint32_t chunk = world.open("first");
    const auto second = world.threads->reserve(chunk, "second").value();
    const auto third = world.threads->reserve(chunk, "third").value();
    EXPECT_FALSE(world.threads->commit(third, "third"));
    world.pass_linger();
    EXPECT_TRUE(world.values().empty());
    EXPECT_FALSE(world.threads->reserve(chunk, "late"));
    EXPECT_TRUE(world.threads->commit(second, "second"));
    world.threads->full(chunk);
    world.poll(3);
    EXPECT_EQ(world.values(), (std::vector<std::string>{"first", "second", "third"}));
    ASSERT_TRUE(world.writer->listen());
    EXPECT_EQ(world.writer->settled.at(0).code, KERA_OK);
    EXPECT_EQ(world.writer->settled.at(0).record_count, 3U);
}

TEST(UncommittedChunksTest, later_chunks_of_the_streamlet_wait_and_those_of_others_do_not) {
    ThreadsWorld world;
    const std::uint32_t first = world.open("first");
    const auto asleep = world.threads->reserve(first, "asleep").value();
    world.threads->full(first);
    world.open("later");
    world.open("last");
    world.open("other", 1);
    world.pass_linger();
    EXPECT_TRUE(world.values().empty());
    EXPECT_EQ(world.values(1), std::vector<std::string>{"other"});
    EXPECT_TRUE(world.threads->commit(asleep, "asleep"));
    world.threads->full(first);
    world.poll(4);
    EXPECT_EQ(world.values(), (std::vector<std::string>{"first", "asleep", "later", "last"}));
}

TEST(UncommittedChunksTest, each_streamlet_waits_for_its_own_threads_only) {
    ThreadsWorld world;
    const std::uint32_t zero = world.open("zero");
    const std::uint32_t one = world.open("one", 1);
    const auto of_zero = world.threads->reserve(zero, "0").value();
    const auto of_one = world.threads->reserve(one, "1").value();
    world.pass_linger();
    EXPECT_TRUE(world.threads->commit(of_one, "1"));
    world.threads->full(one);
    world.poll(3);
    EXPECT_TRUE(world.values().empty());
    EXPECT_EQ(world.values(1), (std::vector<std::string>{"one", "1"}));
    EXPECT_TRUE(world.threads->commit(of_zero, "0"));
    world.poll(3);
    EXPECT_EQ(world.values(), (std::vector<std::string>{"zero", "0"}));
}

TEST(UncommittedChunksTest, the_next_opening_sends_the_chunk_before) {
    ThreadsWorld world(kNanosPerSecond);
    world.open("before");
    world.open("next");
    world.poll(3);
    EXPECT_EQ(world.values(), std::vector<std::string>{"before"});
}

TEST(UncommittedChunksTest, a_record_that_could_not_be_written_fails_its_chunk_alone) {
    ThreadsWorld world;
    const std::uint32_t chunk = world.open("first");
    const auto spoilt = world.threads->reserve(chunk, "spoilt").value();
    world.threads->full(chunk);
    world.open("next");
    world.poll(3);
    EXPECT_TRUE(world.threads->spoil(spoilt));
    world.threads->full(chunk);
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.values(), std::vector<std::string>{"next"});
    ASSERT_TRUE(world.writer->listen());
    ASSERT_EQ(world.writer->settled.size(), 2U);
    EXPECT_EQ(world.writer->settled[0].code, KERA_INVALID_ARGUMENT);
    EXPECT_STREQ(world.writer->settled[0].what, "spoilt_records");
    EXPECT_EQ(world.writer->settled[0].record_count, 2U);
    EXPECT_EQ(world.writer->settled[1].code, KERA_OK);
}

TEST(UncommittedChunksTest, refuses_words_that_cannot_be_true) {
    ThreadsWorld world;
    const std::int64_t one = KERA_SHARED_CHUNK_RESERVED + kChunkHeaderBytes / 8;
    const std::int64_t room = world.producer->area().chunk_bytes;
    struct Case {
        std::int64_t word;
        std::int64_t committed;
        const char* what;
    };
    const std::vector<Case> cases = {
        {one + 3, kChunkHeaderBytes + 32, "shared_chunk_committed"},
        {one + 3, INT64_MAX, "shared_chunk_committed"},
        {one + room / 8, kChunkHeaderBytes, "shared_chunk_bytes"},
        {KERA_SHARED_CHUNK_RESERVED + 2, kChunkHeaderBytes, "shared_chunk_bytes"},
        {kChunkHeaderBytes / 8 + 3, kChunkHeaderBytes, "shared_chunk_records"},
        {one + 400 * KERA_SHARED_CHUNK_RESERVED + 3, 0, "shared_chunk_records"},
        {-1, -1, "shared_chunk_bytes"}};
    for (const auto& [word, committed, what] : cases) {
        const std::uint32_t chunk = world.open("value");
        std::atomic_ref(world.threads->state_of(chunk).committed).store(committed);
        std::atomic_ref(world.threads->state_of(chunk).word).store(word);
        world.threads->full(chunk);
        world.poll(3);
        ASSERT_TRUE(world.writer->listen());
        EXPECT_EQ(world.writer->settled.back().code, KERA_INVALID_ARGUMENT) << word;
        EXPECT_STREQ(world.writer->settled.back().what, what) << word << " " << committed;
    }
    world.open("value");
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.values(), std::vector<std::string>{"value"});
}

TEST(UncommittedChunksTest, nothing_can_be_reserved_in_a_chunk_that_is_lent) {
    ThreadsWorld world;
    const std::uint32_t chunk = world.open("value");
    world.threads->full(chunk);
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    const std::int64_t word = std::atomic_ref(world.threads->state_of(chunk).word).load();
    EXPECT_EQ(word, KERA_SHARED_CHUNK_CLOSED | (kChunkHeaderBytes / 8));
    EXPECT_FALSE(world.threads->reserve(chunk, "late"));
}

TEST(UncommittedChunksTest, a_flush_waits_for_who_writes) {
    ThreadsWorld world;
    const std::uint32_t chunk = world.open("first");
    const auto asleep = world.threads->reserve(chunk, "asleep").value();
    const Result<void> early = world.producer->flush(world.clock.now_ns() + kNanosPerMilli);
    ASSERT_FALSE(early.ok());
    EXPECT_EQ(early.error().code, ErrorCode::timed_out);
    EXPECT_STREQ(early.error().what, "flush_chunks_left");
    EXPECT_TRUE(world.threads->commit(asleep, "asleep"));
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    EXPECT_EQ(world.values(), (std::vector<std::string>{"first", "asleep"}));
}

TEST(UncommittedChunksTest, after_the_end_words_are_left_to_those_who_still_write) {
    ThreadsWorld world;
    const std::uint32_t chunk = world.open("first");
    const auto asleep = world.threads->reserve(chunk, "asleep").value();
    world.poll(1);
    world.client->shut_down();
    ASSERT_TRUE(world.writer->listen());
    ASSERT_EQ(world.writer->settled.size(), 1U);
    EXPECT_EQ(world.writer->settled[0].code, KERA_CLOSED);
    EXPECT_EQ(world.writer->settled[0].record_count, 2U);
    EXPECT_TRUE(world.threads->commit(asleep, "asleep"));
    EXPECT_FALSE(world.threads->reserve(chunk, "late"));
}

TEST(UncommittedChunksTest, needs_a_state_for_each_chunk) {
    ScriptedWorld world;
    ProducerOptions options = small_chunks();
    std::vector<kera_shared_chunk_state> few(options.rounded().buffers_max() - 1);
    options.states = few;
    const auto refused = world.client->open_shared_producer(options);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_STREQ(refused.error().what, "states");
}

// Real threads reserve and commit while the loop closes, sends and settles; for ThreadSanitizer.
TEST(UncommittedChunksTest, threads_write_while_the_loop_closes) {
    constexpr int kThreads = 3;
    constexpr int kEach = 400;
    ThreadsWorld world(0);
    std::mutex opening;
    int asked = 0;
    std::atomic<std::uint32_t> current{0};
    std::atomic<int> running{kThreads};
    const auto work = [&](int thread) {
        for (int number = 0; number < kEach;) {
            const std::string value = std::to_string(thread) + ":" + std::to_string(number);
            const std::uint32_t seen = current.load();
            const auto reserved =
                seen == 0 ? std::nullopt : world.threads->reserve(seen - 1, value);
            if (reserved) {
                if (world.threads->commit(*reserved, value)) {
                    const std::lock_guard lock(opening);
                    world.threads->full(reserved->chunk);
                }
                ++number;
                continue;
            }
            const std::lock_guard lock(opening);
            if (current.load() != seen) {
                continue;
            }
            world.writer->listen();
            if (const auto chunk = world.threads->open(world.handle, 0, value)) {
                current.store(*chunk + 1);
                ++number;
            } else if (asked < 8 && asked == static_cast<int>(world.writer->granted.size())) {
                world.writer->want(1024);
                ++asked;
            }
        }
        --running;
    };
    std::vector<std::thread> threads;
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back(work, thread);
    }
    while (running.load() > 0) {
        world.poll(1);
    }
    for (std::thread& thread : threads) {
        thread.join();
    }
    ASSERT_TRUE(world.producer->flush(world.soon_ns()).ok());
    std::vector<int> next(kThreads, 0);
    for (const std::string& value : world.values()) {
        const std::size_t colon = value.find(':');
        EXPECT_EQ(std::stoi(value.substr(colon + 1)),
                  next[static_cast<std::size_t>(std::stoi(value.substr(0, colon)))]++);
    }
    EXPECT_EQ(next, std::vector<int>(kThreads, kEach));
}

}  // namespace
}  // namespace kera
