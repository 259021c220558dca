// Zstandard frames, by the system's libzstd.
#include <zstd.h>

#include <new>

#include "client/compress/payload_codec.hpp"
#include "client/compress/system_library.hpp"

namespace kera {

namespace {

struct ZstdFunctions {
    decltype(&ZSTD_createCCtx) create_compression = nullptr;
    decltype(&ZSTD_freeCCtx) free_compression = nullptr;
    decltype(&ZSTD_compressCCtx) compress = nullptr;
    decltype(&ZSTD_createDCtx) create_decompression = nullptr;
    decltype(&ZSTD_freeDCtx) free_decompression = nullptr;
    decltype(&ZSTD_decompressDCtx) decompress = nullptr;
    decltype(&ZSTD_isError) is_error = nullptr;

    bool complete() const noexcept {
        return create_compression != nullptr && free_compression != nullptr &&
               compress != nullptr && create_decompression != nullptr &&
               free_decompression != nullptr && decompress != nullptr && is_error != nullptr;
    }
};

const ZstdFunctions& zstd_functions() noexcept {
    static const ZstdFunctions functions = [] {
        const SystemLibrary library("libzstd.so.1");
        return ZstdFunctions{library.find<decltype(&ZSTD_createCCtx)>("ZSTD_createCCtx"),
                             library.find<decltype(&ZSTD_freeCCtx)>("ZSTD_freeCCtx"),
                             library.find<decltype(&ZSTD_compressCCtx)>("ZSTD_compressCCtx"),
                             library.find<decltype(&ZSTD_createDCtx)>("ZSTD_createDCtx"),
                             library.find<decltype(&ZSTD_freeDCtx)>("ZSTD_freeDCtx"),
                             library.find<decltype(&ZSTD_decompressDCtx)>("ZSTD_decompressDCtx"),
                             library.find<decltype(&ZSTD_isError)>("ZSTD_isError")};
    }();
    return functions;
}

class ZstdCodec final : public PayloadCodec {
  public:
    explicit ZstdCodec(const ZstdFunctions& zstd)
        : zstd_(zstd),
          compression_(zstd.create_compression(), zstd.free_compression),
          decompression_(zstd.create_decompression(), zstd.free_decompression) {
        if (compression_ == nullptr || decompression_ == nullptr) {
            throw std::bad_alloc();
        }
    }

    std::size_t compress(Bytes plain, MutableBytes room) noexcept override {
        const std::size_t bytes = zstd_.compress(compression_.get(), room.data(), room.size(),
                                                 plain.data(), plain.size(), ZSTD_CLEVEL_DEFAULT);
        return zstd_.is_error(bytes) == 0 ? bytes : 0;
    }

    bool decompress(Bytes compressed, MutableBytes plain) noexcept override {
        // An error is a number greater than any size.
        return zstd_.decompress(decompression_.get(), plain.data(), plain.size(), compressed.data(),
                                compressed.size()) == plain.size();
    }

  private:
    const ZstdFunctions& zstd_;
    // They grow at first, and are then used again.
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> compression_;
    const std::unique_ptr<ZSTD_DCtx, decltype(&ZSTD_freeDCtx)> decompression_;
};

}  // namespace

std::unique_ptr<PayloadCodec> create_zstd_codec() {
    const ZstdFunctions& zstd = zstd_functions();
    return zstd.complete() ? std::make_unique<ZstdCodec>(zstd) : nullptr;
}

}  // namespace kera
