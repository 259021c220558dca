// Where exceptions end. Requests, messages from other reactors and commands run in here; an
// exception is logged and counted, and does not end the process. Belongs to one reactor's thread.
// Costs nothing unless something is thrown.
#pragma once

#include <cstdint>
#include <exception>

#include "base/ids.hpp"
#include "broker/metrics/counters.hpp"

namespace kera {

class RequestGuard {
  public:
    // The counter is the reactor's, and outlives this.
    RequestGuard(ReactorId reactor, Counter& failures) noexcept
        : reactor_(reactor), failures_(failures) {}

    // Whether `body` ran to its end. `template_id` is the request's; `body` may set it. 0: it is
    // not about one request.
    template <class Body>
    bool run(const std::uint16_t& template_id, Body&& body) noexcept {
        try {
            body();
            return true;
        } catch (const std::exception& thrown) {
            note(template_id, thrown.what());
        } catch (...) {
            note(template_id, "unknown");
        }
        return false;
    }

  private:
    void note(std::uint16_t template_id, const char* what) noexcept;

    ReactorId reactor_;
    Counter& failures_;
};

}  // namespace kera
