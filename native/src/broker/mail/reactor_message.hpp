// The messages between reactors. Plain values in mailboxes; each is handled once, by its receiver.
// Any thread builds them; what one points to belongs to the reactor that it names.
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

// To the owner of a lane: append this chunk. It lies in the request's message, and the request is
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
    // The client's.
    Term term;
};

// The answer to it. First the chunk's bytes are not needed any more; then, perhaps in the same
// message, the result is known.
struct AppendHandBack {
    AppendRequest* request;
    std::uint32_t index;
    bool bytes_released;
    bool done;
    AppendResult result;
};

// To the reactors that wait for the streamlet: its readable head has moved.
struct HeadMoved {
    StreamId stream;
    StreamletId streamlet;
};

// A request that the first reactor answers, as the client sent it.
struct FirstReactorRequest {
    Requester requester;
    std::vector<std::byte> frame;
};

// An answer for a client of the receiving reactor.
struct RoutedAnswer {
    Requester requester;
    std::vector<std::byte> frame;
    // The request failed with an exception: the connection is closed after this answer.
    bool closes = false;
};

// To the first reactor: the connection is gone, and what is held for it can be released.
struct SessionClosed {
    ConnectionId connection;
};

// From the catalog: open this stream, take its new streamlets, drop it. Each is answered by
// StreamChangeSeen.
struct StreamOpened {
    std::int64_t change;
    std::shared_ptr<Stream> stream;
};
struct StreamletsAdded {
    std::int64_t change;
    StreamId stream;
};
struct StreamDropped {
    std::int64_t change;
    StreamId stream;
};
struct StreamChangeSeen {
    std::int64_t change;
    ReactorId reactor;
};

// From the catalog: this node leads streamlets [first, end) of the stream, or not any more; their
// term says in which term. Answered by LeadershipSeen.
struct LeadershipTold {
    std::int64_t change;
    StreamId stream;
    StreamletId first;
    StreamletId end;
    bool leads;
};
struct LeadershipSeen {
    std::int64_t change;
};

// From the catalog, when all reactors have the new streamlets: clients may learn of them.
struct GrowthTold {
    StreamId stream;
    std::int32_t streamlets;
};

// To the catalog: retention has moved a start, which has to be stored. And back when it is stored:
// groups below it may be deleted.
struct StartsMoved {
    StreamId stream;
};
struct StartsKept {
    StreamId stream;
};

using ReactorMessage =
    std::variant<std::monostate, AppendHandOver, AppendHandBack, HeadMoved, FirstReactorRequest,
                 RoutedAnswer, SessionClosed, StreamOpened, StreamletsAdded, StreamDropped,
                 StreamChangeSeen, LeadershipTold, LeadershipSeen, GrowthTold, StartsMoved,
                 StartsKept>;

}  // namespace kera
