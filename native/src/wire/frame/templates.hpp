// Template ids of the client protocol, for the switch that passes a frame to its handler. Any
// thread; constants of the schema, compared with it in frame_test.
#pragma once

#include <cstdint>

namespace kera {

enum class Template : std::uint16_t {
    hello = 1,
    hello_answer = 2,
    error_answer = 3,
    ping = 4,
    ping_answer = 5,
    create_stream = 10,
    alter_stream = 11,
    delete_stream = 12,
    delete_before = 13,
    list_streams = 14,
    describe_stream = 15,
    stream_answer = 16,
    stream_list_answer = 17,
    done_answer = 18,
    stream_grown = 19,
    open_producer = 20,
    open_producer_answer = 21,
    append = 22,
    append_answer = 23,
    fetch = 30,
    fetch_answer = 31,
    subscribe = 32,
    credit = 33,
    unsubscribe = 34,
    push = 35,
    list_offsets = 36,
    list_offsets_answer = 37,
    acquire_group = 38,
    acquire_group_answer = 39,
    release_group = 40,
    end_of_term = 41,
    end_of_term_answer = 42,
    describe_node = 50,
    describe_node_answer = 51,
};

inline constexpr std::uint16_t kClientSchemaId = 1;
inline constexpr std::uint16_t kControlSchemaId = 2;

}  // namespace kera
