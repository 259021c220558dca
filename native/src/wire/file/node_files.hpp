// The small files of a node as values: a stream with its settings, the producer ids that were given
// out, and how often the node may have lost something. Any thread; plain values. Invariant:
// decode() accepts only whole files from encode(): a checksum ends each file.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/ids.hpp"
#include "base/result.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

// Where a term of a streamlet began.
struct TermStart {
    // For a term in which another node has led.
    static constexpr Offset kElsewhere{-1};

    StreamletId streamlet;
    Term term;
    Offset start;

    friend bool operator==(const TermStart&, const TermStart&) = default;
};

struct StreamFile {
    StreamId stream;
    // Of each streamlet that `terms` does not name, from offset 0.
    Term term;
    StreamSettings settings;
    // The earliest kept offset of each streamlet.
    std::vector<Offset> starts;
    // For each streamlet: offsets below it were given out, though their records may be lost. Empty
    // where nothing was lost.
    std::vector<Offset> ends;
    // By streamlet, then by term.
    std::vector<TermStart> terms;
    // RunFile::restarts when these terms were stored. Each restart since is a term more.
    std::int32_t restarts = 0;
    std::string name;

    // Refused beyond kGroupEntriesMax starts, ends or terms, or kTextBytesMax bytes of name.
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

struct RunFile {
    // Starts of the node that may have lost something.
    std::int32_t restarts = 0;
    // The node has stopped, and everything is on disk.
    bool clean = false;

    std::vector<std::byte> encode() const;
    static Result<RunFile> decode(Bytes file);

    friend bool operator==(const RunFile&, const RunFile&) = default;
};

}  // namespace kera
