// Inline body of AppendAnswer::decode: answers are read in place, without a list. Any thread;
// stateless. Included only by wire/message/produce_messages.hpp.
#pragma once

#include "kera_codec_client/AppendAnswer.h"
#include "wire/frame/codecs.hpp"
#include "wire/message/produce_messages.hpp"

namespace kera {

template <class Visit>
Result<std::uint32_t> AppendAnswer::decode(const FrameView& frame, Visit&& visit) {
    return decode_checked<codec::client::AppendAnswer>(frame, [&visit](auto& in) {
        auto& group = in.results();
        std::uint32_t index = 0;
        while (group.hasNext()) {
            next_entry(group);
            AppendResult result;
            result.code = static_cast<ErrorCode>(group.codeRaw());
            result.duplicate = group.duplicate() != 0;
            result.retry_after_ms = group.retryAfterMs();
            result.base_offset = Offset(group.baseOffset());
            result.append_time_ms = group.appendTimeMs();
            result.limit = group.limitValue();
            result.value = group.value();
            visit(index, result);
            ++index;
        }
        return index;
    });
}

}  // namespace kera
