// The transports that must pass the conformance tests. Any thread; plain values.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "transport/testing/conformance_fixture.hpp"

namespace kera {

inline auto conformance_kinds() {
    return testing::Values(TransportKind{"tcp", "tcp", make_tcp_world},
                           TransportKind{"shm", "shm", make_shm_world},
                           TransportKind{"sim", "sim", make_sim_world},
                           TransportKind{"sim_in_pieces", "sim", make_sim_world_in_pieces});
}

// Those with a descriptor to sleep on. In a simulation the caller moves time.
inline auto parking_kinds() {
    return testing::Values(TransportKind{"tcp", "tcp", make_tcp_world},
                           TransportKind{"shm", "shm", make_shm_world});
}

inline std::string kind_name(const testing::TestParamInfo<TransportKind>& info) {
    return info.param.name;
}

}  // namespace kera
