#include "broker/session/request_guard.hpp"

#include "base/log.hpp"

namespace kera {

void RequestGuard::note(std::uint16_t template_id, const char* what) noexcept {
    failures_.add();
    try {
        log(LogLevel::error, "request_failed_inside",
            {{"reactor", reactor_}, {"template_id", template_id}, {"thrown", what}});
    } catch (...) {
        // Not even the log line worked; the counter has counted it.
        return;
    }
}

}  // namespace kera
