// Races a case against its limit: rounds in alternation, on a machine as quiet as it gets.
// Thread: the harness's. Owns the case while it runs. Invariant: a round during which others used
// more than 8 % of the machine is run again, a bounded number of times, and counted when kept.
#pragma once

#include <vector>

#include "bench/case.hpp"
#include "bench/row.hpp"

namespace kera::bench {

std::vector<Row> race(const CaseEntry& entry, const Scale& scale);

}  // namespace kera::bench
