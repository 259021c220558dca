// Claiming, committing and sealing. See producer.hpp; producer_setup.cpp has the rest.
#include "client/produce/producer.hpp"

#include <algorithm>
#include <mutex>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "client/session/loop.hpp"
#include "wire/chunk/record.hpp"

namespace kera {

namespace {

constexpr std::size_t kKeysMax = 255;
constexpr std::size_t kFieldsMax = 65535;

Result<void> check_content(const RecordTarget& target, const RecordContent& content,
                           std::uint64_t value_bytes) {
    if (target.timestamp_ms != kTimeOfSending) {
        KERA_TRY(check_timestamp(target.timestamp_ms));
    }
    if (value_bytes > kValueBytesMax) {
        return fail(ErrorCode::limit_exceeded, "value_bytes", kValueBytesMax,
                    static_cast<std::int64_t>(value_bytes));
    }
    if (content.keys.size() > kKeysMax) {
        return fail(ErrorCode::limit_exceeded, "keys", kKeysMax,
                    static_cast<std::int64_t>(content.keys.size()));
    }
    if (content.fields.size() > kFieldsMax) {
        return fail(ErrorCode::limit_exceeded, "headers", kFieldsMax,
                    static_cast<std::int64_t>(content.fields.size()));
    }
    for (const RecordField& field : content.fields) {
        if (field.name.size() > kFieldsMax) {
            return fail(ErrorCode::limit_exceeded, "header_name_bytes", kFieldsMax,
                        static_cast<std::int64_t>(field.name.size()));
        }
    }
    return {};
}

}  // namespace

Result<Claim> Producer::claim(const RecordTarget& target, const RecordContent& content,
                              std::uint32_t value_bytes) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    KERA_TRY(check_content(target, content, value_bytes));
    KERA_TRY_ASSIGN(const StreamletId streamlet, choose_streamlet(target, content));
    OpenChunk& chunk = streams_.open_chunk(target.stream, streamlet);
    const RecordContent without_value{content.keys, content.fields, std::nullopt};
    const std::uint64_t bytes = record_bytes(without_value, value_bytes);
    KERA_TRY(chunk_opener_.make_room(chunk, bytes, target.timestamp_ms));
    const std::int64_t timestamp_ms =
        target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms;
    std::byte* value = chunk.builder.add(without_value, value_bytes, timestamp_ms);
    open_claim_ = &chunk;
    claim_bytes_ = bytes;
    sealed_.lock().unlock();
    return Claim{{value, value_bytes}, streamlet};
}

bool Producer::commit(std::uint64_t token) {
    sealed_.lock().lock();
    if (open_claim_ == nullptr) {
        sealed_.lock().unlock();
        return false;
    }
    OpenChunk& chunk = *std::exchange(open_claim_, nullptr);
    finish_record(chunk, token);
    end_record(chunk);
    return true;
}

bool Producer::abort() {
    bool first = false;
    {
        const std::lock_guard lock(sealed_.lock());
        if (open_claim_ == nullptr) {
            return false;
        }
        OpenChunk& chunk = *std::exchange(open_claim_, nullptr);
        chunk.builder.remove_last(claim_bytes_);
        // An empty chunk does not stay open either: its time would be wrong for a later record.
        first = open_chunks_.on_record(chunk);
    }
    if (first) {
        loop_.wake();
    }
    return true;
}

Result<void> Producer::send(const RecordTarget& target, const RecordContent& content,
                            std::uint64_t token) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    KERA_TRY(check_content(target, content, content.value ? content.value->size() : 0));
    KERA_TRY_ASSIGN(const StreamletId streamlet, choose_streamlet(target, content));
    OpenChunk& chunk = streams_.open_chunk(target.stream, streamlet);
    claim_bytes_ = record_bytes(content);
    KERA_TRY(chunk_opener_.make_room(chunk, claim_bytes_, target.timestamp_ms));
    chunk.builder.add(
        content, target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms);
    finish_record(chunk, token);
    end_record(chunk);
    return {};
}

Result<std::size_t> Producer::send_many(const RecordTarget& target, std::span<const Bytes> values) {
    if (open_claim_ != nullptr) {
        return fail(ErrorCode::invalid_argument, "claim_is_open", 1, 2);
    }
    std::size_t sent = 0;
    while (sent < values.size()) {
        const Result<void> fits = check_content(target, {}, values[sent].size());
        const Result<StreamletId> streamlet = choose_streamlet(target, {});
        Result<void> room = !fits ? fits : streamlet.ok() ? Result<void>{} : streamlet.error();
        if (room.ok()) {
            OpenChunk& chunk = streams_.open_chunk(target.stream, *streamlet);
            claim_bytes_ = record_bytes(values[sent].size());
            room = chunk_opener_.make_room(chunk, claim_bytes_, target.timestamp_ms);
        }
        if (!room.ok()) {
            return sent > 0 ? Result<std::size_t>(sent) : Result<std::size_t>(room.error());
        }
        OpenChunk& chunk = streams_.open_chunk(target.stream, *streamlet);
        const std::int64_t timestamp_ms =
            target.timestamp_ms == kTimeOfSending ? chunk.timestamp_ms : target.timestamp_ms;
        // As many as this chunk takes, under one lock.
        while (sent < values.size() && values[sent].size() <= kValueBytesMax &&
               chunk.builder.fits(record_bytes(values[sent].size()))) {
            const Bytes value = values[sent];
            claim_bytes_ = record_bytes(value.size());
            std::byte* at =
                chunk.builder.add(static_cast<std::uint32_t>(value.size()), timestamp_ms);
            copy_bytes(at, value.data(), value.size());
            finish_record(chunk, 0);
            ++sent;
        }
        end_record(chunk);
    }
    return sent;
}

void Producer::finish_record(const OpenChunk& chunk, std::uint64_t token) noexcept {
    if (chunk.buffer->tokens != nullptr) {
        chunk.buffer->tokens[chunk.builder.record_count() - 1] = token;
    }
    records_.add(1);
}

void Producer::end_record(OpenChunk& chunk) {
    const bool full = !chunk.builder.fits(claim_bytes_);
    if (full) {
        open_chunks_.seal(chunk);
    }
    const bool first = !full && open_chunks_.on_record(chunk);
    sealed_.lock().unlock();
    if (full) {
        open_chunks_.tell_loop();
    } else if (first) {
        // It may be asleep for longer than this chunk wants to wait.
        loop_.wake();
    }
}

Result<StreamletId> Producer::choose_streamlet(const RecordTarget& target,
                                               const RecordContent& content) {
    if (target.stream.value() >= streams_.size()) {
        return fail(ErrorCode::invalid_argument, "stream_handle", streams_.size(),
                    target.stream.value());
    }
    if (streams_.has_grown(target.stream)) [[unlikely]] {
        streams_.follow(loop_, identity_, target.stream);
    }
    if (target.streamlet == kAnyStreamlet) {
        return partitioner_.choose(target.stream, content.keys);
    }
    if (!streams_.has(target.stream, target.streamlet)) {
        return fail(ErrorCode::invalid_argument, "streamlet",
                    streams_.streamlets(target.stream) - 1, target.streamlet.value());
    }
    return target.streamlet;
}

}  // namespace kera
