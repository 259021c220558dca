// For every file of a node: each header and small file is refused or read as a value. The input is
// a byte that chooses the kind, then the bytes. Their checksum is corrected first, because files
// with wrong contents and a right checksum are the interesting ones.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.hpp"
#include "base/crc/crc32c.hpp"
#include "wire/file/journal_layout.hpp"
#include "wire/file/node_files.hpp"

namespace {

constexpr std::size_t kChecksumBytes = sizeof(std::uint32_t);

// Such blocks begin with the checksum of the rest.
std::vector<std::byte> sealed_block(std::span<const std::byte> input, std::size_t block_bytes) {
    std::vector<std::byte> block(input.begin(), input.end());
    if (block_bytes >= kChecksumBytes && block.size() >= block_bytes) {
        kera::store_le(block.data(), kera::crc32c(0, block.data() + kChecksumBytes,
                                                  block_bytes - kChecksumBytes));
    }
    return block;
}

// Whole files end with their checksum.
std::vector<std::byte> file_with_checksum(std::span<const std::byte> input) {
    std::vector<std::byte> file(input.begin(), input.end());
    file.resize(input.size() + kChecksumBytes);
    kera::store_le(file.data() + input.size(), kera::crc32c(0, input.data(), input.size()));
    return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t length) {
    if (length == 0) {
        return 0;
    }
    const auto input = std::as_bytes(std::span(data, length)).subspan(1);
    switch (data[0] % 5) {
        case 0:
            (void)kera::StreamFile::decode(file_with_checksum(input));
            break;
        case 1:
            (void)kera::ProducerIdFile::decode(file_with_checksum(input));
            (void)kera::RunFile::decode(file_with_checksum(input));
            break;
        case 2:
            (void)kera::JournalFileHeader::read(sealed_block(input, kera::kJournalFileHeaderBytes));
            break;
        case 3:
            (void)kera::JournalEntryHeader::read(
                sealed_block(input, kera::kJournalEntryHeaderBytes));
            break;
        default:
            (void)kera::decode_freed(sealed_block(input, input.size()));
            break;
    }
    return 0;
}
