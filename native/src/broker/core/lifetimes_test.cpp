// Streams that go while somebody still refers to them: waiting fetches, subscriptions, appends on
// their way to disk, leases of groups, sessions that take nothing. Worth most under a sanitizer.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "broker/testing/broker_world.hpp"

namespace kera {
namespace {

class LifetimesTest : public ::testing::Test {
  protected:
    LifetimesTest() {
        admin.hello();
        reader.hello();
    }

    void append(const StreamAnswer& stream, int chunks, std::uint32_t bytes) {
        for (int at = 0; at < chunks; ++at) {
            const TestChunk chunk = ChunkFor{.records = 1, .value_bytes = bytes}.in(stream);
            ASSERT_EQ(admin.append({chunk.bytes()})[0].code, ErrorCode::ok);
        }
    }
    static Fetch fetch_of(const std::vector<StreamId>& streams, std::uint32_t bytes_min) {
        Fetch fetch;
        fetch.wait_ms_max = 60'000;
        fetch.bytes_min = bytes_min;
        fetch.bytes_max = 4U << 20U;
        for (const StreamId stream : streams) {
            fetch.entries.push_back(
                {stream, StreamletId(0), Offset(0), {}, 1U << 20U, ReadOrder::offset});
        }
        return fetch;
    }
    // From here on the reader's session takes nothing that has a body.
    void block(const StreamAnswer& full) {
        world.net().pause("reader");
        for (std::int64_t id = 1; id <= 2; ++id) {
            Fetch fetch = fetch_of({full.stream}, 1);
            fetch.entries[0].bytes_max = 900'000;
            reader.send_message(fetch, id);
        }
        world.run_ms(5);
    }

    BrokerWorld world;
    RawClient admin{world, "admin", "sim:broker"};
    RawClient reader{world, "reader", "sim:broker"};
};

TEST_F(LifetimesTest, a_fetch_that_its_session_cannot_take_outlives_one_of_its_streams) {
    const StreamAnswer full = admin.create("full");
    const StreamAnswer kept = admin.create("kept");
    const StreamAnswer gone = admin.create("gone");
    append(full, 4, 400'000);
    append(kept, 1, 1'000);
    block(full);
    // Waits for more than there is, until one of its streams goes; then for its session.
    reader.send_message(fetch_of({gone.stream, kept.stream}, 1U << 20U), 3);
    world.run_ms(5);
    ASSERT_TRUE(admin.ask<DoneAnswer>(DeleteStream{gone.stream}).ok());
    append(kept, 1, 1'000);
    world.run_ms(5);
    world.net().resume("reader");
    const FetchedData fetched = FetchedData::of(reader.wait_for(3));
    ASSERT_EQ(fetched.entries.size(), 2U);
    EXPECT_EQ(fetched.entries[0].code, ErrorCode::unknown_stream);
    EXPECT_EQ(fetched.entries[1].code, ErrorCode::ok);
    EXPECT_FALSE(fetched.offsets().empty());
}

TEST_F(LifetimesTest, a_fetch_of_two_streamlets_outlives_their_stream_and_ends_with_its_session) {
    StreamSettings two;
    two.streamlets = 2;
    const StreamAnswer full = admin.create("full");
    const StreamAnswer kept = admin.create("kept");
    const StreamAnswer gone = admin.create("gone", two);
    append(full, 4, 400'000);
    append(kept, 1, 1'000);
    block(full);
    Fetch fetch = fetch_of({gone.stream, gone.stream, kept.stream}, 1U << 20U);
    fetch.entries[1].streamlet = StreamletId(1);
    reader.send_message(fetch, 3);
    world.run_ms(5);
    ASSERT_TRUE(admin.ask<DoneAnswer>(DeleteStream{gone.stream}).ok());
    world.net().resume("reader");
    reader.disconnect();
    append(kept, 1, 1'000);
}

// Everything at once, in any order, on two reactors with disks.
class AnyOrderTest : public ::testing::TestWithParam<std::uint64_t> {
  protected:
    static constexpr std::int64_t kStreams = 4;

    AnyOrderTest() {
        for (RawClient* client : {&admin, &zero, &one}) {
            client->hello();
        }
    }
    static CoreConfig two_reactors() {
        CoreConfig config = BrokerWorld::disk_config();
        config.reactor_count = 2;
        return config;
    }
    RawClient& any_client() { return random.below(2) == 0 ? zero : one; }
    StreamId any_stream() { return StreamId(random.between(1, kStreams)); }
    StreamletId any_streamlet() {
        return StreamletId(static_cast<std::int32_t>(random.between(0, 1)));
    }
    void expect_answer(RawClient& client, std::int64_t id) { open[&client].push_back(id); }
    template <class Message>
    void send(RawClient& client, const Message& message) {
        const std::int64_t id = next++;
        client.send_message(message, id);
        expect_answer(client, id);
    }

    void change_a_stream() {
        const StreamId stream = any_stream();
        StreamSettings settings;
        settings.streamlets = 2;
        settings.lanes = 2;
        switch (random.between(0, 3)) {
            case 0:
                send(admin, DeleteStream{stream});
                break;
            case 1:
                send(admin, DeleteBefore{stream, any_streamlet(), Offset(random.between(0, 20))});
                break;
            default:
                send(admin, CreateStream{stream, settings, "s" + std::to_string(stream.value())});
        }
    }
    void append() {
        StreamAnswer stream;
        stream.stream = any_stream();
        RawClient& client = any_client();
        const TestChunk chunk = ChunkFor{.records = 1,
                                         .streamlet = any_streamlet(),
                                         .value_bytes = random.below(4) == 0 ? 200'000U : 100U}
                                    .in(stream);
        const AckLevel level = random.below(2) == 0 ? AckLevel::disk : AckLevel::leader;
        expect_answer(client, client.send_append({chunk.bytes()}, level));
    }
    void fetch() {
        Fetch fetch;
        fetch.wait_ms_max = static_cast<std::uint32_t>(random.between(0, 2'000));
        fetch.bytes_min = random.below(2) == 0 ? 1 : 1U << 20U;
        fetch.bytes_max = 2U << 20U;
        for (std::int64_t entries = random.between(1, 6); entries > 0; --entries) {
            fetch.entries.push_back(
                {any_stream(), any_streamlet(), Offset(0), {}, 900'000, ReadOrder::offset});
        }
        send(any_client(), fetch);
    }
    void subscribe() {
        Subscribe asked;
        asked.stream = any_stream();
        asked.streamlet = any_streamlet();
        asked.subscription = random.between(1, 8);
        asked.credit_bytes = random.between(0, 1 << 20);
        send(any_client(), asked);
    }
    void lease() { send(any_client(), AcquireGroup{any_stream(), any_streamlet(), "reader"}); }
    void one_step() {
        switch (random.between(0, 9)) {
            case 0:
            case 1:
                change_a_stream();
                break;
            case 2:
            case 3:
            case 4:
                append();
                break;
            case 5:
            case 6:
                fetch();
                break;
            case 7:
                subscribe();
                break;
            case 8:
                lease();
                break;
            default:
                random.below(2) == 0 ? world.net().pause("one") : world.net().resume("one");
        }
    }
    // Each was sent in a connection's order; answers come in any.
    void hear_all() {
        world.net().resume("one");
        for (auto& [client, ids] : open) {
            for (const std::int64_t id : ids) {
                client->wait_for(id);
            }
            ids.clear();
        }
    }

    Random random{GetParam()};
    BrokerWorld world{two_reactors()};
    RawClient admin{world, "admin", "sim:broker"};
    RawClient zero{world, "zero", "sim:broker"};
    RawClient one{world, "one", "sim:broker/1"};
    std::map<RawClient*, std::vector<std::int64_t>> open;
    std::int64_t next = 1'000'000;
};

TEST_P(AnyOrderTest, every_request_is_answered_once_whatever_goes_meanwhile) {
    for (int step = 0; step < 400; ++step) {
        one_step();
        for (std::int64_t turns = random.between(0, 8); turns > 0; --turns) {
            world.turn();
        }
        if (step % 80 == 79) {
            hear_all();
        }
    }
    hear_all();
    EXPECT_TRUE(world.run_until(
        [this] {
            return world.core().reactor(ReactorId(0)).quiet() &&
                   world.core().reactor(ReactorId(1)).quiet();
        },
        50'000));
}

INSTANTIATE_TEST_SUITE_P(Seeds, AnyOrderTest, ::testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace kera
