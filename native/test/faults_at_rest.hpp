// Damages what nobody writes: wrong bits in the values of a closed segment, sectors that cannot be
// read, wrong bits in the header of a journal file that is not begun. One thread; borrows the
// media. Each fault names the records that it hits, so that the histories know which may be
// refused. A fault that may hit nothing is not announced. What it finds damaged by itself it leaves
// alone.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "disk/sim_media.hpp"
#include "history.hpp"
#include "vlog/journal/journal_path.hpp"
#include "vlog/testing/log_chunks.hpp"
#include "wire/file/journal_layout.hpp"

namespace kera {

class FaultsAtRest {
  public:
    using HistoryOf = std::function<StreamletHistory*(const StreamletPlace&)>;

    FaultsAtRest(SimMedia& media, Random& random, HistoryOf history_of)
        : media_(media), random_(random), history_of_(std::move(history_of)) {}

    // One wrong bit in the values of a chunk, or none of the segment's chunks can be read.
    bool harm_segment() { return random_.chance(0.5) ? rot_segment() : spoil_segment(); }
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
    using Chunks = std::vector<LogChunk>;
    using Segments = std::map<std::tuple<StreamletPlace, LaneId, GroupId, SegmentId>, Chunks>;

    // Flips one bit in the values of one chunk of some segment.
    bool rot_segment() {
        const Chunks segment = some_segment();
        if (segment.empty()) {
            return false;
        }
        const LogChunk& chunk = segment[random_.below(segment.size())];
        const std::uint64_t byte =
            chunk.at + kChunkHeaderBytes + random_.below(chunk.bytes - kChunkHeaderBytes);
        media_.find(chunk.path)->flip_bit(byte * 8 + random_.below(8));
        note(segment, {chunk});
        return true;
    }
    // Makes every read of some segment's chunks fail.
    bool spoil_segment() {
        const Chunks segment = some_segment();
        for (const LogChunk& chunk : segment) {
            media_.find(chunk.path)->spoil(chunk.at, chunk.bytes);
        }
        if (!segment.empty()) {
            note(segment, segment);
        }
        return !segment.empty();
    }
    // Of streams with a history, lane by lane. All of them have more than one file of their journal
    // behind them, so nothing in them can be taken for a torn tail.
    Segments closed_segments() const {
        Chunks chunks = chunks_in_logs(media_);
        std::map<std::string, std::int64_t> last_files;
        for (const LogChunk& chunk : chunks) {
            last_files[chunk.folder] = std::max(last_files[chunk.folder], chunk.file_number);
        }
        Segments segments;
        std::set<Segments::key_type> open;
        for (LogChunk& chunk : chunks) {
            const StreamletPlace place{chunk.place.stream, chunk.place.streamlet};
            if (history_of_(place) == nullptr) {
                continue;
            }
            const Segments::key_type key{place, chunk.place.lane, chunk.place.group,
                                         chunk.place.segment};
            if (chunk.file_number == last_files[chunk.folder]) {
                open.insert(key);
            }
            segments[key].push_back(std::move(chunk));
        }
        return without_last(std::move(segments), open);
    }
    // The last segment of a lane may grow.
    static Segments without_last(Segments segments, const std::set<Segments::key_type>& open) {
        for (auto at = segments.begin(); at != segments.end();) {
            const auto next = std::next(at);
            const bool is_last = next == segments.end() ||
                                 std::get<0>(next->first) != std::get<0>(at->first) ||
                                 std::get<1>(next->first) != std::get<1>(at->first);
            if (is_last || open.contains(at->first)) {
                segments.erase(at);
            }
            at = next;
        }
        return segments;
    }
    Chunks some_segment() const {
        Segments segments = closed_segments();
        if (segments.empty()) {
            return {};
        }
        auto at = segments.begin();
        std::advance(at, static_cast<std::ptrdiff_t>(random_.below(segments.size())));
        return at->second;
    }
    // In a lane, a reader that looks for an offset behind the segment before finds this one.
    void note(const Chunks& segment, const Chunks& hit) {
        Offset first = segment.front().base;
        Offset end(0);
        for (const LogChunk& chunk : segment) {
            first = std::min(first, chunk.base);
            end = std::max(end, chunk.end);
        }
        const SegmentPlace& place = segment.front().place;
        Offset from(0);
        for (const LogChunk& other : chunks_in_logs(media_)) {
            if (other.place.stream == place.stream && other.place.streamlet == place.streamlet &&
                other.place.lane == place.lane && other.end <= first) {
                from = std::max(from, other.end);
            }
        }
        StreamletHistory& history = *history_of_({place.stream, place.streamlet});
        for (const LogChunk& chunk : hit) {
            history.rotten(chunk.base, chunk.end, from, end);
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
