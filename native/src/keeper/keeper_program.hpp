// The program kera-keeper, as bytes within this library, and how it is started. Any thread.
#pragma once

#include <string>

#include "base/result.hpp"

namespace kera {

// Returns when it runs in the background. `listener` is its listening socket, `socket_path` the
// name of that.
Result<void> start_keeper(int listener, const std::string& socket_path, std::int64_t seconds);

}  // namespace kera
