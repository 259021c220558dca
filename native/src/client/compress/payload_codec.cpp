#include "client/compress/payload_codec.hpp"

#include "base/check.hpp"

namespace kera {

Result<std::unique_ptr<PayloadCodec>> PayloadCodec::create(Codec codec) {
    KERA_ASSERT(codec == Codec::lz4 || codec == Codec::zstd, static_cast<int>(codec));
    const bool is_lz4 = codec == Codec::lz4;
    std::unique_ptr<PayloadCodec> created = is_lz4 ? create_lz4_codec() : create_zstd_codec();
    if (created == nullptr) {
        return fail(ErrorCode::unsupported, is_lz4 ? "library_liblz4" : "library_libzstd", 0,
                    static_cast<std::int64_t>(codec));
    }
    return created;
}

}  // namespace kera
