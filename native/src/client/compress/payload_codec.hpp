// Compresses and decompresses the payloads of chunks, with a library of the system. One thread;
// owns the library's working memory. Invariant: neither direction writes outside of the room that
// it was given, whatever it reads.
#pragma once

#include <cstddef>
#include <memory>

#include "base/bytes.hpp"
#include "base/result.hpp"
#include "wire/chunk/chunk.hpp"

namespace kera {

class PayloadCodec {
  public:
    // unsupported with the library's name where the system does not have it.
    static Result<std::unique_ptr<PayloadCodec>> create(Codec codec);
    virtual ~PayloadCodec() = default;

    // Returns how many bytes of `room` it filled; 0: there is too little room.
    virtual std::size_t compress(Bytes plain, MutableBytes room) noexcept = 0;
    // Whether `compressed` is something that fills `plain` to its end.
    virtual bool decompress(Bytes compressed, MutableBytes plain) noexcept = 0;
};

// Null where the system has no such library.
std::unique_ptr<PayloadCodec> create_lz4_codec();
std::unique_ptr<PayloadCodec> create_zstd_codec();

}  // namespace kera
