// Hands out producer ids, each to one producer for ever, also across restarts.
// Belongs to the first reactor's thread. Ids come in ranges: reserved on the core's own disk before
// the first of them is given away, or granted by the control plane. Invariant: an id below the
// range's start is never given again.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "broker/answers.hpp"
#include "broker/core_config.hpp"
#include "disk/disk.hpp"
#include "wire/frame.hpp"

namespace kera {

class ProducerIds final : public DiskClient {
  public:
    // `disk` is null for a core that keeps nothing.
    ProducerIds(Answers& answers, Authority authority, Disk* disk) noexcept
        : answers_(answers), authority_(authority), disk_(disk) {}

    // Start-up: what was found on disk.
    void restore(ProducerId next_id) noexcept {
        next_ = std::max(next_, next_id.value());
        end_ = next_;
    }

    void set_control(ControlSink& control) noexcept { control_ = &control; }
    void on_open(const Requester& requester, const FrameView& frame);
    void on_grant(const Requester& requester, const FrameView& frame);
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    static constexpr std::int64_t kRange = 1'000;

    void ask_for_more();
    void serve_waiting();
    void refuse_waiting(const Error& error);

    Answers& answers_;
    Authority authority_;
    Disk* disk_;
    ControlSink* control_ = nullptr;
    // Ids in [next_, end_) may be given away.
    std::int64_t next_ = 1;
    std::int64_t end_ = 1;
    bool asking_ = false;
    std::vector<Requester> waiting_;
    FrameBuffer buffer_;
};

}  // namespace kera
