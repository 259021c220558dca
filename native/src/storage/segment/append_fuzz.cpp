// Whatever bytes a client sends as a chunk: the append ends, refuses without a trace or accepts
// what readers can walk through to the last key. Each input is tried as it came, and once more with
// the fields repaired that would stop it early, so that lengths, counts and records get their turn.
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "base/units.hpp"
#include "memory/arena.hpp"
#include "storage/read/reader.hpp"
#include "storage/read/time_lookup.hpp"
#include "storage/streamlet/streamlet.hpp"
#include "wire/chunk/record.hpp"

namespace {

using kera::operator""_KiB;
using kera::operator""_MiB;
using Header = kera::codec::chunk::ChunkHeader;

struct World {
    static World& one() {
        static World world;
        return world;
    }

    kera::Arena arena =
        kera::Arena::reserve({.bytes = 4_MiB, .pages = kera::PagePreference::small}).value();
    std::unique_ptr<kera::SegmentPool> pool =
        kera::SegmentPool::create(arena.carve("segments", 4_MiB, 4_KiB).value(),
                                  {.class_bytes = {64_KiB}})
            .value();
    kera::SegmentMemory memory{*pool, 1_MiB};
    kera::GracePeriods grace;
    kera::Reclaimer reclaimer{grace};
};

void expect_inside(kera::Bytes outer, const std::byte* data, std::size_t bytes) {
    KERA_ASSERT(bytes == 0 ||
                (data >= outer.data() && data + bytes <= outer.data() + outer.size()));
}

void walk_records(const kera::ChunkView& chunk) {
    if (chunk.info().payload_format != kera::PayloadFormat::kera_records ||
        chunk.info().codec() != kera::Codec::plain) {
        return;
    }
    kera::for_each_record(chunk, [&](const kera::RecordView& record, kera::Offset) {
        const kera::Bytes whole(chunk.payload());
        expect_inside(whole, record.value().data(), record.value().size());
        for (std::uint32_t key = 0; key < record.key_count(); ++key) {
            expect_inside(whole, record.key(key).data(), record.key(key).size());
        }
        for (std::uint32_t i = 0; i < record.field_count(); ++i) {
            const kera::FieldView field = record.field(i);
            expect_inside(whole, std::as_bytes(std::span(field.name)).data(), field.name.size());
            if (field.value) {
                expect_inside(whole, field.value->data(), field.value->size());
            }
        }
    });
}

void append(kera::Bytes fragment) {
    World& world = World::one();
    {
        kera::Streamlet streamlet(kera::StreamId(7), kera::StreamletId(3), {}, kera::Term(1),
                                  world.memory);
        kera::Lane& lane =
            *streamlet.add_lane({kera::ReactorId(0), &world.memory, &world.reclaimer}).value();
        const kera::Result<kera::Appended> done =
            lane.append(fragment, {.term = kera::Term(1), .now_ms = 1'000});
        KERA_ASSERT(done.ok() == (streamlet.next_offset() > kera::Offset(0)));
        KERA_ASSERT(streamlet.readable_head() == streamlet.next_offset());
        if (done.ok()) {
            const kera::ChunkView chunk(done->chunk.data);
            KERA_ASSERT(kera::check_chunk_crcs(chunk.bytes()).ok());
            walk_records(chunk);
            kera::Cursor cursor;
            kera::SpanList out;
            const auto outcome = kera::Reader(streamlet).read(cursor, kera::Offset(0), 1, out);
            KERA_ASSERT(outcome.ok() && outcome->bytes == fragment.size());
            KERA_ASSERT(kera::find_time(streamlet, 0).ok());
        } else {
            KERA_ASSERT(world.pool->used_bytes() == 0);
        }
    }
    (void)world.reclaimer.reclaim();
}

void repair(std::span<std::byte> chunk) {
    Header header(reinterpret_cast<char*>(chunk.data()), chunk.size());
    header.magic(kera::kChunkMagic).version(kera::kChunkVersion).streamId(7).streamletId(3);
    header.clientReserved0(0);
    if ((header.attributes() & kera::kCodecMask) == 0) {
        header.plainLength(0);
    }
    header.chunkLength(static_cast<std::uint32_t>(chunk.size()));
    const std::uint32_t padding = header.payloadLength() % kera::kChunkAlignment;
    header.payloadLength(static_cast<std::uint32_t>(chunk.size() - kera::kChunkHeaderBytes) -
                         padding);
    kera::store_le(
        chunk.data() + kera::kClientCrcAt,
        kera::crc32c(0, chunk.data() + kera::kClientPartAt, chunk.size() - kera::kClientPartAt));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    std::vector<std::uint64_t> words(length / sizeof(std::uint64_t) + 1);
    const std::span<std::byte> bytes = std::as_writable_bytes(std::span(words));
    kera::copy_bytes(bytes.data(), reinterpret_cast<const std::byte*>(data), length);
    append(bytes.first(length));
    if (length >= kera::kChunkHeaderBytes) {
        const std::span<std::byte> chunk =
            bytes.first(kera::align_down(length, std::size_t{kera::kChunkAlignment}));
        repair(chunk);
        append(chunk);
    }
    return 0;
}
