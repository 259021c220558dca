#include "bench/row.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace kera::bench {

namespace {

// Four significant digits, without an exponent.
std::string number(double value) {
    std::array<char, 64> text{};
    const double size = std::fabs(value);
    const int digits = size >= 1000 || size == 0 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
    std::snprintf(text.data(), text.size(), "%.*f", digits, value);
    return text.data();
}

std::string json_number(const std::optional<double>& value) {
    if (!value.has_value() || !std::isfinite(*value)) {
        return "null";
    }
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.9g", *value);
    return text.data();
}

std::string json_string(const std::string& value) {
    std::string quoted = "\"";
    for (const char letter : value) {
        if (letter == '"' || letter == '\\') {
            quoted += '\\';
            quoted += letter;
        } else if (static_cast<unsigned char>(letter) < 0x20) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(letter));
            quoted += escape.data();
        } else {
            quoted += letter;
        }
    }
    return quoted + "\"";
}

std::string json_spread(const std::optional<Spread>& spread) {
    if (!spread.has_value()) {
        return "null";
    }
    return "{\"median\": " + json_number(spread->median) +
           ", \"min\": " + json_number(spread->min) + ", \"max\": " + json_number(spread->max) +
           "}";
}

std::string json_target(const Target& target) {
    return target.bound == Bound::none ? "null" : json_string(target_text(target));
}

std::string met_text(const Row& row, const char* yes, const char* no, const char* none) {
    const std::optional<bool> met = row.met();
    return !met.has_value() ? none : *met ? yes : no;
}

}  // namespace

std::optional<Spread> spread_of(Values values) {
    std::erase_if(values, [](double value) { return !std::isfinite(value); });
    if (values.empty()) {
        return std::nullopt;
    }
    std::sort(values.begin(), values.end());
    const std::size_t half = values.size() / 2;
    const double median =
        values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
    return Spread{median, values.front(), values.back()};
}

std::optional<bool> Row::met() const {
    const bool of_ratio =
        target.bound == Bound::ratio_at_least || target.bound == Bound::ratio_at_most;
    if (target.bound == Bound::none) {
        return std::nullopt;
    }
    if (!ours.has_value() || (of_ratio && !ratio.has_value())) {
        return false;
    }
    const double value = of_ratio ? *ratio : ours->median;
    const bool more = target.bound == Bound::at_least || target.bound == Bound::ratio_at_least;
    return more ? value >= target.value : value <= target.value;
}

std::string target_text(const Target& target) {
    switch (target.bound) {
        case Bound::none:
            return "";
        case Bound::at_least:
            return ">= " + number(target.value);
        case Bound::at_most:
            return "<= " + number(target.value);
        case Bound::ratio_at_least:
            return ">= " + number(target.value) + " x limit";
        case Bound::ratio_at_most:
            return "<= " + number(target.value) + " x limit";
    }
    return "";
}

std::string table_text(const std::vector<Row>& rows) {
    std::vector<std::array<std::string, 8>> cells;
    cells.push_back({"name", "unit", "ours", "min", "max", "limit", "ratio", "target"});
    cells.front()[7] += " / met";
    for (const Row& row : rows) {
        std::string target = target_text(row.target);
        target += met_text(row, ": yes", ": NO", "");
        if (!row.failure.empty()) {
            cells.push_back({row.name, row.unit, "failed", "", "", "", "", row.failure});
            continue;
        }
        cells.push_back({row.name, row.unit, row.ours ? number(row.ours->median) : "",
                         row.ours ? number(row.ours->min) : "",
                         row.ours ? number(row.ours->max) : "", row.limit ? number(*row.limit) : "",
                         row.ratio ? number(*row.ratio) : "", target});
    }
    std::array<std::size_t, 8> widths{};
    for (const auto& line : cells) {
        for (std::size_t column = 0; column < line.size(); ++column) {
            widths[column] = std::max(widths[column], line[column].size());
        }
    }
    std::string text;
    for (std::size_t index = 0; index < cells.size(); ++index) {
        for (std::size_t column = 0; column < widths.size(); ++column) {
            const std::string& cell = cells[index][column];
            text.append("| ").append(cell).append(widths[column] - cell.size() + 1, ' ');
        }
        text += "|\n";
        if (index == 0) {
            for (const std::size_t width : widths) {
                text.append("|").append(width + 2, '-');
            }
            text += "|\n";
        }
    }
    text += "\n";
    std::string said;  // rows of one case share their conditions
    for (const Row& row : rows) {
        if (!row.conditions.empty() && row.conditions != said) {
            text.append("- `").append(row.name).append("`: ").append(row.conditions).append("\n");
        }
        said = row.conditions;
    }
    return text;
}

std::string json_text(const std::vector<Row>& rows) {
    std::string text = "[\n";
    for (std::size_t index = 0; index < rows.size(); ++index) {
        const Row& row = rows[index];
        const std::string conditions =
            row.failure.empty() ? row.conditions : "failed: " + row.failure;
        text += "  {\"name\": " + json_string(row.name) + ", \"unit\": " + json_string(row.unit) +
                ", \"ours\": " + json_spread(row.ours) + ", \"limit\": " + json_number(row.limit) +
                ", \"limit_name\": " + json_string(row.limit_name) +
                ", \"peer\": null, \"ratio\": " + json_number(row.ratio) +
                ", \"target\": " + json_target(row.target) +
                ", \"met\": " + met_text(row, "true", "false", "null") +
                ", \"conditions\": " + json_string(conditions) + "}" +
                (index + 1 < rows.size() ? ",\n" : "\n");
    }
    return text + "]\n";
}

}  // namespace kera::bench
