// LZ4 blocks, by the system's liblz4.
#include <lz4.h>

#include <cstdint>
#include <vector>

#include "client/compress/payload_codec.hpp"
#include "client/compress/system_library.hpp"

namespace kera {

namespace {

struct Lz4Functions {
    decltype(&LZ4_sizeofState) state_bytes = nullptr;
    decltype(&LZ4_compress_fast_extState) compress = nullptr;
    decltype(&LZ4_decompress_safe) decompress = nullptr;

    bool complete() const noexcept {
        return state_bytes != nullptr && compress != nullptr && decompress != nullptr;
    }
};

const Lz4Functions& lz4_functions() noexcept {
    static const Lz4Functions functions = [] {
        const SystemLibrary library("liblz4.so.1");
        return Lz4Functions{
            library.find<decltype(&LZ4_sizeofState)>("LZ4_sizeofState"),
            library.find<decltype(&LZ4_compress_fast_extState)>("LZ4_compress_fast_extState"),
            library.find<decltype(&LZ4_decompress_safe)>("LZ4_decompress_safe")};
    }();
    return functions;
}

class Lz4Codec final : public PayloadCodec {
  public:
    explicit Lz4Codec(const Lz4Functions& lz4)
        : lz4_(lz4),
          state_((static_cast<std::size_t>(lz4.state_bytes()) + sizeof(std::uint64_t) - 1) /
                 sizeof(std::uint64_t)) {}

    std::size_t compress(Bytes plain, MutableBytes room) noexcept override {
        const int bytes =
            lz4_.compress(state_.data(), reinterpret_cast<const char*>(plain.data()),
                          reinterpret_cast<char*>(room.data()), static_cast<int>(plain.size()),
                          static_cast<int>(room.size()), kFastest);
        return bytes > 0 ? static_cast<std::size_t>(bytes) : 0;
    }

    bool decompress(Bytes compressed, MutableBytes plain) noexcept override {
        const int bytes = lz4_.decompress(
            reinterpret_cast<const char*>(compressed.data()), reinterpret_cast<char*>(plain.data()),
            static_cast<int>(compressed.size()), static_cast<int>(plain.size()));
        return bytes >= 0 && static_cast<std::size_t>(bytes) == plain.size();
    }

  private:
    static constexpr int kFastest = 1;

    const Lz4Functions& lz4_;
    // Aligned as LZ4 wants it.
    std::vector<std::uint64_t> state_;
};

}  // namespace

std::unique_ptr<PayloadCodec> create_lz4_codec() {
    const Lz4Functions& lz4 = lz4_functions();
    return lz4.complete() ? std::make_unique<Lz4Codec>(lz4) : nullptr;
}

}  // namespace kera
