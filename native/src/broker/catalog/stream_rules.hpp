// Which names and settings a stream may have. Any thread; borrows the core's configuration.
// Invariant: what passes fits into a stream's file and into every message about the stream.
#pragma once

#include <string>

#include "base/result.hpp"
#include "broker/config/core_config.hpp"
#include "wire/message/stream_messages.hpp"

namespace kera {

class StreamRules {
  public:
    explicit StreamRules(const CoreConfig& config) noexcept : config_(config) {}

    static Result<void> check_name(const std::string& name);
    Result<void> check_settings(const StreamSettings& settings) const;
    // For settings that replace `before`: streamlets and lanes may only grow.
    Result<void> check_change(const StreamSettings& before, const StreamSettings& after) const;

  private:
    const CoreConfig& config_;
};

}  // namespace kera
