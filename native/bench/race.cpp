#include "bench/race.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "base/units.hpp"
#include "bench/processor_time.hpp"

namespace kera::bench {

namespace {

constexpr double kForeignMax = 0.08;
constexpr int kAttempts = 3;
constexpr std::int64_t kQuietWaitNs = 3 * kNanosPerSecond;
constexpr double kAgreement = 0.10;
constexpr int kAgreeingRounds = 3;

struct Rounds {
    std::vector<Values> ours;   // [round][metric]
    std::vector<Values> limit;  // the same, or empty values
    int noisy = 0;
    double foreign_max = 0;
};

struct Round {
    Values ours;
    Values limit;
    double foreign = 0;
};

Round run_round(Case& runner, bool limit_first) {
    Round round;
    ForeignCpu foreign;
    foreign.start();
    if (limit_first) {
        round.limit = runner.limit();
        round.ours = runner.ours();
    } else {
        round.ours = runner.ours();
        round.limit = runner.limit();
    }
    round.foreign = foreign.fraction();
    return round;
}

// Of several attempts at one round, the one with the least other work on the machine.
Round run_quiet_round(Case& runner, bool limit_first) {
    Round best = run_round(runner, limit_first);
    for (int attempt = 1; attempt < kAttempts && best.foreign > kForeignMax; ++attempt) {
        wait_for_quiet(kForeignMax, kQuietWaitNs);
        Round again = run_round(runner, limit_first);
        if (again.foreign < best.foreign) {
            best = std::move(again);
        }
    }
    return best;
}

// Whether the first figures of the last rounds are close to each other.
bool agree(const std::vector<Values>& rounds) {
    if (rounds.size() < kAgreeingRounds) {
        return false;
    }
    const auto by_first = [](const Values& left, const Values& right) {
        return left.front() < right.front();
    };
    const auto [low, high] =
        std::minmax_element(rounds.end() - kAgreeingRounds, rounds.end(), by_first);
    return high->front() - low->front() <= kAgreement * high->front();
}

Rounds run_rounds(Case& runner, const Scale& scale) {
    if (scale.rounds_min > 1) {
        run_round(runner, false);  // warm-up
    }
    Rounds rounds;
    for (int index = 0; index < scale.rounds_max; ++index) {
        if (index >= scale.rounds_min && agree(rounds.ours)) {
            break;
        }
        Round round = scale.rounds_min > 1 ? run_quiet_round(runner, index % 2 == 1)
                                           : run_round(runner, false);
        rounds.foreign_max = std::max(rounds.foreign_max, round.foreign);
        rounds.noisy += round.foreign > kForeignMax ? 1 : 0;
        rounds.ours.push_back(std::move(round.ours));
        rounds.limit.push_back(std::move(round.limit));
    }
    return rounds;
}

Values column(const std::vector<Values>& rounds, std::size_t metric) {
    Values values;
    for (const Values& round : rounds) {
        values.push_back(metric < round.size() ? round[metric] : kNotMeasured);
    }
    return values;
}

Row make_row(const std::string& name, const Metric& metric, std::size_t index,
             const Rounds& rounds) {
    Row row;
    row.name = metric.suffix.empty() ? name : name + "." + metric.suffix;
    row.unit = metric.unit;
    row.target = metric.target;
    const Values ours = column(rounds.ours, index);
    const Values limit = column(rounds.limit, index);
    Values ratios;
    for (std::size_t round = 0; round < ours.size(); ++round) {
        ratios.push_back(limit[round] > 0 ? ours[round] / limit[round] : kNotMeasured);
    }
    row.ours = spread_of(ours);
    if (const auto spread = spread_of(limit)) {
        row.limit = spread->median;
    }
    if (const auto spread = spread_of(ratios)) {
        row.ratio = spread->median;
    }
    return row;
}

std::string noise_text(const Rounds& rounds) {
    const auto percent = static_cast<int>(std::lround(rounds.foreign_max * 100));
    std::string text = "; " + std::to_string(rounds.ours.size()) + " rounds, others used at most " +
                       std::to_string(percent) + " % of the machine";
    if (rounds.noisy > 0) {
        text += " (NOISY: " + std::to_string(rounds.noisy) + " rounds above 8 %)";
    }
    return text;
}

}  // namespace

std::vector<Row> race(const CaseEntry& entry, const Scale& scale) {
    std::vector<Row> rows;
    try {
        const std::unique_ptr<Case> runner = entry.make(scale);
        const Rounds rounds = run_rounds(*runner, scale);
        const std::vector<Metric> metrics = runner->metrics();
        for (std::size_t index = 0; index < metrics.size(); ++index) {
            rows.push_back(make_row(entry.name, metrics[index], index, rounds));
        }
        const std::string conditions = runner->conditions() + noise_text(rounds);
        for (Row& row : rows) {
            row.conditions = conditions;
            row.limit_name = runner->limit_name();
        }
    } catch (const BenchFailure& failure) {
        Row row;
        row.name = entry.name;
        row.failure = failure.what();
        row.target = Target{Bound::at_least, 0};
        rows.assign(1, row);
    }
    return rows;
}

}  // namespace kera::bench
