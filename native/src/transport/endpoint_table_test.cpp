#include "transport/endpoint_table.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace kera {
namespace {

struct Connection {
    EndpointId id;
};

class EndpointTableTest : public testing::Test {
  protected:
    EndpointId add() {
        const EndpointId id = table_.next_id();
        table_.add(std::make_unique<Connection>(Connection{id}));
        return id;
    }

    EndpointTable<Connection> table_;
};

TEST_F(EndpointTableTest, finds_connections_by_their_ids) {
    const EndpointId first = add();
    const EndpointId second = add();
    EXPECT_NE(first, second);
    EXPECT_EQ(table_.find(first)->id, first);
    EXPECT_EQ(table_.find(second)->id, second);
    EXPECT_EQ(table_.find(EndpointId(0)), nullptr);
    EXPECT_EQ(table_.size(), 2U);
}

TEST_F(EndpointTableTest, keeps_an_ended_connection_until_it_is_swept) {
    const EndpointId id = add();
    const Connection* const connection = table_.find(id);
    EXPECT_FALSE(table_.any_ended());
    table_.end(id);
    EXPECT_TRUE(table_.any_ended());
    EXPECT_EQ(table_.find(id), connection);
    table_.sweep();
    EXPECT_FALSE(table_.any_ended());
    EXPECT_EQ(table_.find(id), nullptr);
    EXPECT_EQ(table_.size(), 0U);
}

TEST_F(EndpointTableTest, never_gives_an_id_twice_although_slots_are_used_again) {
    const EndpointId stays = add();
    std::vector<EndpointId> before;
    for (int round = 0; round < 100; ++round) {
        const EndpointId id = add();
        for (const EndpointId old : before) {
            ASSERT_NE(id, old);
            ASSERT_EQ(table_.find(old), nullptr);
        }
        table_.end(id);
        table_.sweep();
        before.push_back(id);
    }
    EXPECT_NE(table_.find(stays), nullptr);
}

}  // namespace
}  // namespace kera
