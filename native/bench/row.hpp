// One line of the table and one object of the JSON: a figure, its limit, and whether it meets its
// target. Plain values; any thread. Invariant: a row with a failure has no figure and has not met
// its target.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/case.hpp"

namespace kera::bench {

struct Spread {
    double median = 0;
    double min = 0;
    double max = 0;
};

// Ignores NaN.
std::optional<Spread> spread_of(Values values);

struct Row {
    std::string name;
    std::string unit;
    std::optional<Spread> ours;
    std::optional<double> limit;
    std::string limit_name;
    std::optional<double> ratio;  // ours / limit, the median over rounds
    Target target;
    std::string conditions;
    std::string failure;

    // No value for a row without a target.
    std::optional<bool> met() const;
};

std::string target_text(const Target& target);

// The table as Markdown, for people, and the JSON array, for tools.
std::string table_text(const std::vector<Row>& rows);
std::string json_text(const std::vector<Row>& rows);

}  // namespace kera::bench
