// Whatever bytes two journal files hold: the scan ends, and what it hands out is whole, in order,
// and before the end. The first two bytes say how long the first file is, in units of 16 bytes.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/check.hpp"
#include "vlog/journal/journal_scan.hpp"
#include "wire/chunk/chunk.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    if (length < sizeof(std::uint16_t)) {
        return 0;
    }
    const kera::Bytes input = std::as_bytes(std::span(data, length));
    const kera::Bytes files = input.subspan(sizeof(std::uint16_t));
    const std::size_t first_bytes = std::min<std::size_t>(
        files.size(), std::size_t{kera::load_le<std::uint16_t>(input.data())} * 16);
    std::vector<kera::FoundJournalFile> found = {{0, files.first(first_bytes)}};
    if (first_bytes < files.size()) {
        found.push_back({1, files.subspan(first_bytes)});
    }
    const kera::JournalScan scan = kera::scan_journal(found);
    kera::Position end;
    for (const kera::ScannedEntry& entry : scan.entries) {
        KERA_ASSERT(entry.position >= end && entry.end > entry.position);
        end = entry.end;
        if (entry.kind == kera::JournalEntryKind::chunk) {
            KERA_ASSERT(kera::check_chunk_crcs(entry.body).ok());
        }
    }
    KERA_ASSERT(end <= scan.end);
    return 0;
}
