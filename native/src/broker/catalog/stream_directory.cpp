#include "broker/catalog/stream_directory.hpp"

#include <algorithm>
#include <utility>

#include "broker/config/range.hpp"

namespace kera {

CatalogEntry* StreamDirectory::find(StreamId id) noexcept {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : &found->second;
}

CatalogEntry* StreamDirectory::find(const std::string& name) noexcept {
    const auto found = by_name_.find(name);
    return found == by_name_.end() ? nullptr : find(found->second);
}

std::vector<std::shared_ptr<Stream>> StreamDirectory::visible() const {
    std::vector<std::shared_ptr<Stream>> streams;
    streams.reserve(by_id_.size());
    for (const auto& [name, id] : by_name_) {
        const CatalogEntry& entry = by_id_.at(id);
        if (entry.is_visible()) {
            streams.push_back(entry.stream);
        }
    }
    return streams;
}

Result<std::shared_ptr<Stream>> StreamDirectory::add(StreamId wanted, const std::string& name,
                                                     const StreamSettings& settings, Term term,
                                                     StreamState state) {
    KERA_TRY(StreamRules::check_name(name));
    KERA_TRY(rules_.check_settings(settings));
    if (const CatalogEntry* found = find(name)) {
        return taken_by(*found);
    }
    if (wanted != kAnyStream) {
        KERA_TRY(check_range("stream_id", wanted.value(), 1, INT64_MAX));
        if (const CatalogEntry* found = find(wanted)) {
            return taken_by(*found);
        }
        if (retired_.contains(wanted)) {
            return fail(ErrorCode::stream_exists, "deleted_stream_id", 0, wanted.value());
        }
    }
    KERA_TRY(check_range("streams", static_cast<std::int64_t>(by_id_.size()) + 1, 1,
                         limits_.streams_max));
    const StreamId id = wanted == kAnyStream ? StreamId(next_id_) : wanted;
    reserve_ids_to(id);
    KERA_TRY_ASSIGN(std::shared_ptr<Stream> stream, factory_.make(id, name, settings, term));
    insert(stream, state);
    return stream;
}

void StreamDirectory::insert(std::shared_ptr<Stream> stream, StreamState state) {
    const StreamId id = stream->id;
    if (!stream->name.empty()) {
        by_name_[stream->name] = id;
    }
    by_id_[id] = {std::move(stream), state, false};
}

void StreamDirectory::remove(const Stream& stream) {
    by_name_.erase(stream.name);
    by_id_.erase(stream.id);
}

Error StreamDirectory::taken_by(const CatalogEntry& entry) noexcept {
    const StreamId id = entry.stream->id;
    return entry.state == StreamState::set_aside
               ? set_aside_error(id)
               : fail(ErrorCode::stream_exists, "stream_id", 0, id.value());
}

void StreamDirectory::reserve_ids_to(StreamId id) noexcept {
    if (id.value() < kStreamIdFollowedMax) {
        next_id_ = std::max(next_id_, id.value() + 1);
    }
}

void StreamDirectory::set_aside(StreamId id, const std::string& name,
                                std::vector<SegmentExtents> kept) {
    if (const CatalogEntry* added = find(id)) {
        const std::shared_ptr<Stream> stream = added->stream;
        remove(*stream);
    }
    auto stream = std::make_shared<Stream>();
    stream->id = id;
    stream->name = find(name) == nullptr ? name : std::string();
    stream->kept_aside = std::move(kept);
    reserve_ids_to(id);
    insert(std::move(stream), StreamState::set_aside);
    set_aside_.add(1);
}

void StreamDirectory::retire_id(StreamId id) {
    reserve_ids_to(id);
    retired_.insert(id);
}

void StreamDirectory::set_name(const CatalogEntry& set_aside, const std::string& name) {
    Stream& stream = *set_aside.stream;
    if (stream.name.empty() && find(name) == nullptr) {
        stream.name = name;
        by_name_[name] = stream.id;
    }
}

}  // namespace kera
