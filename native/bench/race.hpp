// Runs a case and its limit in alternating rounds. Thread: the harness's. Owns the case while it
// runs. Invariant: a round during which other work used more than 8 % of the machine is repeated, a
// limited number of times; if it is still disturbed, it is kept and counted as such.
#pragma once

#include <vector>

#include "bench/case.hpp"
#include "bench/row.hpp"

namespace kera::bench {

std::vector<Row> race(const CaseEntry& entry, const Scale& scale);

}  // namespace kera::bench
