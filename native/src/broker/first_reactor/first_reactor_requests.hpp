// Requests that the first reactor answers for the whole core: streams, producer ids, exclusive
// groups, the node. Belongs to that reactor's thread. With Authority::control, requests that change
// streams are forwarded to the control plane. Invariant: a change of streams is answered only when
// it is on disk, if there is a disk, and every reactor has seen it.
#pragma once

#include "broker/catalog/catalog.hpp"
#include "broker/config/core_config.hpp"
#include "broker/control/control_commands.hpp"
#include "broker/first_reactor/group_requests.hpp"
#include "broker/first_reactor/node_description.hpp"
#include "broker/first_reactor/producer_ids.hpp"
#include "broker/session/answers.hpp"
#include "wire/frame/frame.hpp"

namespace kera {

class FirstReactorRequests final : public ControlCommandHandler {
  public:
    struct Parts {
        const CoreConfig& config;
        Answers& answers;
        Catalog& catalog;
        ProducerIds& producer_ids;
        GroupRequests& groups;
        NodeDescription& node;
        ControlSink& control;
    };

    explicit FirstReactorRequests(const Parts& parts) noexcept : parts_(parts) {}

    // From a client of any reactor.
    void on_request(const Requester& requester, const FrameView& frame);
    // From the control plane: its commands, and client requests that it sends itself.
    void on_command(const FrameView& frame) override;
    void on_session_closed(ConnectionId connection);
    bool is_crowded() const noexcept override { return parts_.catalog.is_crowded(); }
    int run_timers() {
        parts_.node.show_memory();
        return parts_.node.poll();
    }

  private:
    bool is_for_control(const Requester& requester) const noexcept;
    void forward(const Requester& requester, const FrameView& frame);
    void handle(const Requester& requester, const FrameView& frame);
    void on_control_message(const Requester& requester, const FrameView& frame);
    void on_forwarded_answer(const FrameView& frame);

    Parts parts_;
    FrameBuffer buffer_;
};

}  // namespace kera
