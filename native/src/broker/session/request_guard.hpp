// Where exceptions end: what a request, a letter from another reactor or a command leads to runs in
// here, and whatever is thrown on the way is logged and counted instead of ending the process.
// Belongs to one reactor's thread. Costs nothing as long as nothing is thrown.
#pragma once

#include <cstdint>
#include <exception>

#include "base/ids.hpp"
#include "broker/metrics/counters.hpp"

namespace kera {

class RequestGuard {
  public:
    // The counter belongs to the reactor, and outlives this.
    RequestGuard(ReactorId reactor, Counter& failures) noexcept
        : reactor_(reactor), failures_(failures) {}

    // Whether `body` ran to its end. `template_id` says what it is about, and may become known only
    // within `body`; 0: no single request.
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
