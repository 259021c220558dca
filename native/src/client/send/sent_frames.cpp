// Beginning and finishing. See sent_frames.hpp.
#include "client/send/sent_frames.hpp"

#include "base/check.hpp"

namespace kera {

SentFrames::SentFrames(ChunkSettler& settler)
    : settler_(settler), frames_(std::make_unique<Frame[]>(kFramesMax)) {
    free_.reserve(kFramesMax);
    for (std::uint32_t index = kFramesMax; index-- > 0;) {
        free_.push_back(index);
    }
}

void SentFrames::begin(std::uint32_t index, bool awaits_answer) noexcept {
    free_.pop_back();
    frames_[index].awaits_answer = awaits_answer;
    frames_[index].awaits_release = true;
}

void SentFrames::on_answered(std::uint32_t index) {
    frames_[index].awaits_answer = false;
    finish_if_done(index);
}

void SentFrames::on_released(std::uint32_t index) {
    KERA_ASSERT(index < kFramesMax && frames_[index].awaits_release, index);
    frames_[index].awaits_release = false;
    finish_if_done(index);
}

void SentFrames::finish_if_done(std::uint32_t index) {
    Frame& frame = frames_[index];
    if (frame.awaits_answer || frame.awaits_release) {
        return;
    }
    for (std::uint32_t at = 0; at < frame.count; ++at) {
        settler_.drop_reference(*frame.chunks[at]);
    }
    frame.count = 0;
    free_.push_back(index);
}

}  // namespace kera
