// What reactors say to each other. Plain values in mailboxes; each message is handled once, by the
// reactor it is for. Any thread builds one; what it points at belongs to the reactor named beside
// it.
#pragma once

#include <cstdint>
#include <memory>
#include <variant>
#include <vector>

#include "base/ids.hpp"
#include "broker/mail/requester.hpp"
#include "broker/stream/stream.hpp"
#include "wire/frame/frame.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

struct AppendRequest;

// To the owner of a lane: append this chunk, which lies in the request's message. The request is
// the sender's.
struct AppendHandOver {
    ReactorId from;
    AppendRequest* request;
    std::uint32_t index;
    StreamId stream;
    StreamletId streamlet;
    LaneId lane;
    Bytes chunk;
    AckLevel ack_level;
};

// Back again. First that the bytes are not needed any more, then, perhaps at once, the result.
struct AppendHandBack {
    AppendRequest* request;
    std::uint32_t index;
    bool bytes_released;
    bool done;
    AppendResult result;
};

// To those who wait for a streamlet: its readable head has moved.
struct HeadMoved {
    StreamId stream;
    StreamletId streamlet;
};

// A request that the catalog's reactor answers, as the client sent it.
struct FirstReactorRequest {
    Requester requester;
    std::vector<std::byte> frame;
};

// A finished answer for a client of the reactor it is sent to.
struct RoutedAnswer {
    Requester requester;
    std::vector<std::byte> frame;
    // The request failed inside: nothing more of this connection.
    bool closes = false;
};

// The connection is gone: whatever the catalog's reactor holds for it can go.
struct SessionClosed {
    ConnectionId connection;
};

// From the catalog: know this stream; forget this stream; each is answered by StreamChangeSeen.
struct StreamOpened {
    std::int64_t change;
    std::shared_ptr<Stream> stream;
};
struct StreamDropped {
    std::int64_t change;
    StreamId stream;
};
struct StreamChangeSeen {
    std::int64_t change;
    ReactorId reactor;
};

// To the catalog: retention has moved a start, which is to be stored. And back, once it is: groups
// below it may go.
struct StartsMoved {
    StreamId stream;
};
struct StartsKept {
    StreamId stream;
};

using ReactorMessage = std::variant<std::monostate, AppendHandOver, AppendHandBack, HeadMoved,
                                    FirstReactorRequest, RoutedAnswer, SessionClosed, StreamOpened,
                                    StreamDropped, StreamChangeSeen, StartsMoved, StartsKept>;

}  // namespace kera
