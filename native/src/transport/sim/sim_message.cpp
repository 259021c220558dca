#include "transport/sim/sim_message.hpp"

#include <algorithm>

#include "base/bytes.hpp"
#include "base/check.hpp"
#include "base/crc/crc32c.hpp"

namespace kera {

namespace {
constexpr std::byte kGivenBack{0xDB};
}

SimMessage::SimMessage(std::span<const std::byte> head, std::span<const IoSpan> body,
                       bool in_pieces) {
    std::size_t total = head.size();
    for (const IoSpan& span : body) {
        total += span.bytes;
    }
    bytes_.resize(total);
    copy_bytes(bytes_.data(), head.data(), head.size());
    std::size_t at = head.size();
    const Fragment all(bytes_);
    if (in_pieces) {
        fragments_.push_back(all.first(at));
    }
    for (const IoSpan& span : body) {
        copy_bytes(bytes_.data() + at, span.data, span.bytes);
        if (in_pieces) {
            fragments_.push_back(all.subspan(at, span.bytes));
        }
        at += span.bytes;
    }
    if (!in_pieces) {
        fragments_.push_back(all);
    }
}

std::uint32_t SimMessage::announced_bytes() const {
    return bytes_.size() < kFrameHeaderBytes ? 0 : load_le<std::uint32_t>(bytes_.data());
}

Inbound SimMessage::hand_over(std::unique_ptr<SimMessage> message) {
    SimMessage& itself = *message;
    itself.self_ = std::move(message);
    return {itself, 0, itself.fragments_, false};
}

void SimMessage::give_back(std::uint64_t /*ticket*/) noexcept {
    std::ranges::fill(bytes_, kGivenBack);
    const std::unique_ptr<SimMessage> end_of_life = std::move(self_);
}

SimLoan::SimLoan(std::span<const IoSpan> body, Token token)
    : token_(token), body_(body.begin(), body.end()), crc_(crc_now()) {}

std::uint32_t SimLoan::crc_now() const {
    std::uint32_t crc = 0;
    for (const IoSpan& span : body_) {
        crc = crc32c(crc, span.data, span.bytes);
    }
    return crc;
}

void SimLoan::check_untouched() const {
    KERA_ASSERT(crc_now() == crc_, token_);
}

}  // namespace kera
