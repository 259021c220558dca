// Hands out producer ids, each to one producer for ever, also across restarts.
// Belongs to the first reactor's thread. Ids come in ranges: reserved on the core's own disk before
// the first of them is given away, or granted by the control plane. Invariants: an id below the
// range's start is never given again; appends with an id beyond all ranges are refused, except
// before the control plane's first grant, which alone says which ids it gave before, and by a core
// without a disk.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "broker/config/core_config.hpp"
#include "broker/session/answers.hpp"
#include "disk/disk.hpp"
#include "storage/lane/producer_budget.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class ProducerIds final : public DiskClient {
  public:
    struct Parts {
        Authority authority;
        Answers& answers;
        // Null for a core that keeps nothing.
        Disk* disk;
        ProducerBudget& budget;
        ControlSink& control;
    };

    // What a start has found on disk.
    struct Found {
        // As the file says; none where there is no file, or none that can be read.
        std::optional<ProducerId> next;
        bool is_rotten = false;
        // Of all chunks, and of what lanes knew; kNoProducer when there is none.
        ProducerId highest = kNoProducer;
    };

    ProducerIds(const Parts& parts, const Found& found) noexcept;
    ProducerIds(const ProducerIds&) = delete;
    ProducerIds& operator=(const ProducerIds&) = delete;

    void on_open(const Requester& requester, const FrameView& frame);
    void on_grant(const Requester& requester, const FrameView& frame);
    void on_disk_done(DiskToken token, Result<std::uint64_t> done) override;

  private:
    static constexpr std::int64_t kRange = 1'000;
    // Where nothing says which ids were handed out, so many may have been beyond the highest one
    // that has left a trace.
    static constexpr std::int64_t kUnseenMax = std::int64_t{1} << 32;
    // Nobody can have been handed so high an id.
    static constexpr std::int64_t kSeenMax = std::int64_t{1} << 61;

    // A core without a disk forgets at each stop which ids it has handed out: it takes all.
    bool knows_ids() const noexcept {
        return parts_.authority == Authority::core && parts_.disk != nullptr;
    }
    void set_end(std::int64_t end) noexcept;
    void ask_for_more();
    void serve_waiting();
    void refuse_waiting(const Error& error);

    Parts parts_;
    // Ids in [next_, end_) may be given away.
    std::int64_t next_ = 1;
    std::int64_t end_ = 1;
    // Where a range that the control plane grants has to begin, when it begins below `end_`.
    std::int64_t first_asked_ = 1;
    bool asking_ = false;
    std::vector<Requester> waiting_;
    FrameBuffer buffer_;
};

}  // namespace kera
