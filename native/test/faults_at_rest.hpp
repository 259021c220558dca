// Damages files that nobody writes: wrong bits in the values of a closed segment, sectors that
// cannot be read, wrong bits in the header of a journal file that is not begun. One thread; borrows
// the media. Each fault names the records that it hits, so that the histories know which may be
// refused. A fault that may hit nothing is not announced.
#pragma once

#include <algorithm>
#include <charconv>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "disk/sim_media.hpp"
#include "history.hpp"
#include "storage/segment/segment_file.hpp"
#include "vlog/journal/journal_path.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

struct ClosedSegmentFile {
    std::string path;
    StreamletPlace place;
    SegmentFileHeader header;
    // Offsets and positions in the file.
    struct Chunk {
        Offset base;
        Offset end;
        std::uint64_t at = 0;
        std::uint64_t bytes = 0;
    };
    std::vector<Chunk> chunks;
};

class FaultsAtRest {
  public:
    using HistoryOf = std::function<StreamletHistory*(const StreamletPlace&)>;

    FaultsAtRest(SimMedia& media, Random& random, HistoryOf history_of)
        : media_(media), random_(random), history_of_(std::move(history_of)) {}

    // Flips one bit in the values of one chunk of some segment.
    bool rot_segment() {
        const auto file = some_segment();
        if (!file) {
            return false;
        }
        const ClosedSegmentFile::Chunk& chunk = file->chunks[random_.below(file->chunks.size())];
        const std::uint64_t payload_bytes = chunk.bytes - kChunkHeaderBytes;
        const std::uint64_t byte = chunk.at + kChunkHeaderBytes + random_.below(payload_bytes);
        media_.find(file->path)->flip_bit(byte * 8 + random_.below(8));
        note(*file, {chunk});
        return true;
    }
    // Makes every read of some segment's data fail.
    bool spoil_segment() {
        const auto file = some_segment();
        if (!file) {
            return false;
        }
        media_.find(file->path)->spoil(kSegmentFileHeaderBytes, file->header.data_bytes);
        note(*file, file->chunks);
        return true;
    }
    // Damages a file that was used before and waits for its next use. Nothing in it counts,
    // whatever its header says.
    bool rot_prepared_journal() {
        std::vector<std::string> prepared;
        for (const std::string& path : media_.paths()) {
            if (is_prepared_journal(path)) {
                prepared.push_back(path);
            }
        }
        if (prepared.empty()) {
            return false;
        }
        media_.find(prepared[random_.below(prepared.size())])
            ->flip_bit(random_.below(kJournalFileHeaderBytes * 8));
        return true;
    }

    // Deletes one of the two copies of a stream's settings, or flips a bit in it. A folder exists
    // only as long as it has files, so a stream's only file is not deleted.
    bool harm_settings() {
        std::vector<std::string> files;
        for (const std::string& path : media_.paths()) {
            if (path.starts_with("streams/") && path.ends_with("/stream.kera")) {
                files.push_back(path);
            }
        }
        if (files.empty()) {
            return false;
        }
        const std::string& path = files[random_.below(files.size())];
        const std::string folder = path.substr(0, path.rfind('/') + 1);
        const auto paths = media_.paths();
        const auto beside = std::count_if(paths.begin(), paths.end(), [&](const auto& other) {
            return other.starts_with(folder);
        });
        if (beside < 2 || random_.chance(0.5)) {
            media_.find(path)->flip_bit(random_.below(media_.find(path)->size() * 8));
        } else {
            media_.remove(path);
            media_.sync_names();
        }
        return true;
    }

  private:
    static std::optional<StreamletPlace> place_of(const std::string& path) {
        // streams/<stream>/<streamlet>/<lane>-<group>-<segment>.seg
        const std::string prefix = "streams/";
        if (!path.starts_with(prefix) || !path.ends_with(".seg")) {
            return std::nullopt;
        }
        std::int64_t stream = 0;
        const char* end = path.data() + path.size();
        const auto [slash, error] = std::from_chars(path.data() + prefix.size(), end, stream);
        std::int32_t streamlet = 0;
        if (error != std::errc() || slash == end ||
            std::from_chars(slash + 1, end, streamlet).ec != std::errc()) {
            return std::nullopt;
        }
        return StreamletPlace{StreamId(stream), StreamletId(streamlet)};
    }
    std::optional<ClosedSegmentFile> read(const std::string& path) const {
        const auto place = place_of(path);
        if (!place || history_of_(*place) == nullptr) {
            return std::nullopt;
        }
        const Bytes bytes = media_.find(path)->bytes();
        const Result<SegmentFileHeader> header = SegmentFileHeader::read(bytes);
        if (!header.ok() || !header->closed ||
            bytes.size() < kSegmentFileHeaderBytes + header->data_bytes) {
            return std::nullopt;
        }
        ClosedSegmentFile file{path, *place, *header, {}};
        std::uint64_t at = kSegmentFileHeaderBytes;
        const std::uint64_t end = at + header->data_bytes;
        while (at < end) {
            const Result<ChunkView> chunk = first_chunk(bytes.subspan(at, end - at));
            if (!chunk.ok()) {
                return std::nullopt;
            }
            file.chunks.push_back(
                {chunk->base_offset(), chunk->end_offset(), at, chunk->chunk_bytes()});
            at += chunk->chunk_bytes();
        }
        return file.chunks.empty() ? std::nullopt : std::optional(std::move(file));
    }
    std::optional<ClosedSegmentFile> some_segment() const {
        std::vector<ClosedSegmentFile> files;
        for (const std::string& path : media_.paths()) {
            if (auto file = read(path)) {
                files.push_back(std::move(*file));
            }
        }
        if (files.empty()) {
            return std::nullopt;
        }
        return files[random_.below(files.size())];
    }
    // In a lane, a reader that looks for an offset behind the segment before finds this one.
    void note(const ClosedSegmentFile& hit, const std::vector<ClosedSegmentFile::Chunk>& chunks) {
        Offset from(0);
        for (const std::string& path : media_.paths()) {
            const auto other = read(path);
            if (other && other->place == hit.place && other->header.lane == hit.header.lane &&
                other->chunks.back().end <= hit.chunks.front().base) {
                from = std::max(from, other->chunks.back().end);
            }
        }
        StreamletHistory& history = *history_of_(hit.place);
        for (const ClosedSegmentFile::Chunk& chunk : chunks) {
            history.rotten(chunk.base, chunk.end, from, hit.chunks.back().end);
        }
    }
    bool is_prepared_journal(const std::string& path) const {
        const std::size_t slash = path.rfind('/');
        if (!path.starts_with("journal/") || slash == std::string::npos) {
            return false;
        }
        const auto number = parse_journal_file_name(std::string_view(path).substr(slash + 1));
        const Result<JournalFileHeader> header =
            JournalFileHeader::read(media_.find(path)->bytes());
        return number && header.ok() && header->file_number != *number;
    }

    SimMedia& media_;
    Random& random_;
    const HistoryOf history_of_;
};

}  // namespace kera
