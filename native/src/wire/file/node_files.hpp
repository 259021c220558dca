// The small files of a node as values: a stream with its settings, and the producer ids that were
// given out. Any thread; plain values. Invariant: decode() accepts only whole files from encode():
// a checksum ends each file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

struct StreamFile {
    StreamId stream;
    Term term;
    StreamSettings settings;
    // The earliest kept offset of each streamlet.
    std::vector<Offset> starts;
    // For each streamlet: offsets below it were given out, though their records may be lost. Empty
    // where nothing was lost.
    std::vector<Offset> ends;
    std::string name;

    // Refused beyond kStreamletsMax starts or ends, or kTextBytesMax bytes of name.
    Result<std::vector<std::byte>> encode() const;
    static Result<StreamFile> decode(Bytes file);

    friend bool operator==(const StreamFile&, const StreamFile&) = default;
};

// Counting never reaches it, and adding a range to it does not overflow.
inline constexpr std::int64_t kProducerIdMax = std::int64_t{1} << 62U;

struct ProducerIdFile {
    // Ids from here on were never given out.
    ProducerId next_id;

    std::vector<std::byte> encode() const;
    static Result<ProducerIdFile> decode(Bytes file);

    friend bool operator==(const ProducerIdFile&, const ProducerIdFile&) = default;
};

}  // namespace kera
