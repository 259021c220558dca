// The chunks in the log files of a simulated disk, for tests that look for them or damage them. One
// thread. Believes what it finds: no file may be damaged before.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "disk/sim_media.hpp"
#include "storage/segment/segment.hpp"
#include "vlog/journal/journal_path.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct LogChunk {
    std::string path;
    // The folder of its journal, and the number in its file's name.
    std::string folder;
    std::int64_t file_number = 0;
    std::uint64_t at = 0;
    std::uint64_t bytes = 0;
    SegmentPlace place;
    Offset base;
    Offset end;
};

inline void find_chunks(const SimMedia& media, const std::string& path,
                        std::vector<LogChunk>& chunks) {
    const std::size_t slash = path.rfind('/');
    const auto number = slash == std::string::npos
                            ? std::nullopt
                            : parse_journal_file_name(std::string_view(path).substr(slash + 1));
    if (!number || !path.starts_with("journal/")) {
        return;
    }
    const Bytes file = media.find(path)->bytes();
    const Result<JournalFileHeader> header = JournalFileHeader::read(file);
    if (!header.ok() || header->file_number != *number) {
        return;
    }
    Position next = header->first_position;
    for (std::uint64_t at = kJournalFileHeaderBytes; at < file.size();) {
        const Result<JournalEntryHeader> entry = JournalEntryHeader::read(file.subspan(at));
        if (!entry.ok() || entry->position != next || entry->incarnation != header->incarnation) {
            return;
        }
        next = entry->end_position();
        at += kJournalEntryHeaderBytes;
        const Result<ChunkView> chunk = entry->kind == JournalEntryKind::chunk
                                            ? first_chunk(file.subspan(at))
                                            : Result<ChunkView>(fail(ErrorCode::malformed, "kind"));
        if (chunk.ok()) {
            const ChunkInfo info = chunk->info();
            const ChunkPlace place = chunk->place();
            chunks.push_back(
                {path, path.substr(0, slash), *number, at, chunk->chunk_bytes(),
                 SegmentPlace{info.stream, info.streamlet, place.lane, place.group, place.segment},
                 chunk->base_offset(), chunk->end_offset()});
        }
        at += entry->body_bytes;
    }
}

// In the order of their files' numbers and of their places there.
inline std::vector<LogChunk> chunks_in_logs(const SimMedia& media) {
    std::vector<LogChunk> chunks;
    for (const std::string& path : media.paths()) {
        find_chunks(media, path, chunks);
    }
    std::ranges::sort(chunks, {}, [](const LogChunk& chunk) {
        return std::tuple(chunk.file_number, std::string_view(chunk.path), chunk.at);
    });
    return chunks;
}

}  // namespace kera
