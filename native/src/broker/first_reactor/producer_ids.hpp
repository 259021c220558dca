// Hands out producer ids, each to one producer for ever, also across restarts. Belongs to the first
// reactor's thread. Ids come in ranges, which are reserved on the core's disk before use, or
// granted by the control plane. Invariants: no id is given twice; appends with an id beyond all
// ranges are refused, except before the control plane's first grant and by a core without a disk.
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

    // What recovery has found.
    struct Found {
        // From the file. None when there is no file, or when it cannot be read.
        std::optional<ProducerId> next;
        bool is_rotten = false;
        // In all chunks and snapshots of producers; kNoProducer when there is none.
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
    // When no file says which ids were handed out, new ones begin so far above the highest one that
    // was found.
    static constexpr std::int64_t kUnseenMax = std::int64_t{1} << 32;
    // No producer can have so high an id.
    static constexpr std::int64_t kSeenMax = std::int64_t{1} << 61;

    // A core without a disk forgets at each stop which ids it has handed out, so it accepts all.
    bool knows_ids() const noexcept {
        return parts_.authority == Authority::core && parts_.disk != nullptr;
    }
    void set_end(std::int64_t end) noexcept;
    void ask_for_more();
    void serve_waiting();
    void refuse_waiting(const Error& error);

    Parts parts_;
    // Ids in [next_, end_) can be handed out.
    std::int64_t next_ = 1;
    std::int64_t end_ = 1;
    // A range that the control plane grants has to begin here or above.
    std::int64_t first_asked_ = 1;
    bool asking_ = false;
    std::vector<Requester> waiting_;
    FrameBuffer buffer_;
};

}  // namespace kera
