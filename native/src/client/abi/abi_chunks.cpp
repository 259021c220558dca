// kera.h: chunks that lie somewhere, such as in a file.
#include <algorithm>

#include "client/abi/abi.hpp"
#include "client/compress/chunk_decompressor.hpp"

using namespace kera;  // NOLINT(google-build-using-namespace): the functions are C's

int32_t kera_chunk_decompress(const void* chunk, uint64_t bytes, void* plain, uint64_t capacity,
                              uint64_t* plain_bytes, kera_error* error) {
    return abi::call(error, [&]() -> Result<void> {
        KERA_TRY(abi::refuse_null(chunk, "chunk"));
        KERA_TRY(abi::refuse_null(plain, "plain"));
        KERA_TRY(abi::refuse_null(plain_bytes, "plain_bytes"));
        *plain_bytes = 0;
        const Bytes whole(static_cast<const std::byte*>(chunk), bytes);
        KERA_TRY(check_chunk_header(
            whole.first(std::min<std::size_t>(whole.size(), kChunkHeaderBytes)), whole.size()));
        KERA_TRY(check_place(ChunkView(whole.data())));
        PlainBytes decompressed;
        KERA_TRY(ChunkDecompressor().add_plain(whole, decompressed));
        const Bytes result = decompressed.bytes();
        if (result.size() > capacity) {
            return fail(ErrorCode::limit_exceeded, "plain_bytes",
                        static_cast<std::int64_t>(capacity),
                        static_cast<std::int64_t>(result.size()));
        }
        copy_bytes(static_cast<std::byte*>(plain), result.data(), result.size());
        *plain_bytes = result.size();
        return {};
    });
}
