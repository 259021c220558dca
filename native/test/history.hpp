// What producers were told and what readers saw, and whether the two can both be true.
// One thread. Records are numbered by their producer, per streamlet, from 0.
// Invariants checked: one value per offset, for ever; an acknowledged record is readable, at the
// offset that was told; no record twice; each producer's records in their order.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <utility>
#include <vector>

#include "base/ids.hpp"

namespace kera {

struct RecordName {
    std::int32_t producer = 0;
    std::int64_t number = 0;

    friend auto operator<=>(const RecordName&, const RecordName&) = default;
};

class History {
  public:
    void acknowledged(StreamletId streamlet, const RecordName& record, Offset offset) {
        acknowledged_[{streamlet, record}] = offset;
    }
    std::size_t acknowledged_count() const noexcept { return acknowledged_.size(); }

    // All that can be read now, from the start on.
    void read(StreamletId streamlet, const std::vector<std::pair<Offset, RecordName>>& log) {
        std::map<RecordName, Offset> where;
        std::map<std::int32_t, std::int64_t> last;
        for (const auto& [offset, record] : log) {
            const auto [seen, is_new] = seen_.try_emplace({streamlet, offset}, record);
            EXPECT_EQ(seen->second, record) << "offset " << offset.value() << " changed its value";
            EXPECT_TRUE(where.emplace(record, offset).second)
                << "producer " << record.producer << " record " << record.number << " twice";
            const auto [before, first] = last.try_emplace(record.producer, -1);
            EXPECT_LT(before->second, record.number)
                << "producer " << record.producer << " out of order at " << offset.value();
            before->second = record.number;
        }
        for (const auto& [key, offset] : acknowledged_) {
            if (key.first != streamlet) {
                continue;
            }
            const auto found = where.find(key.second);
            ASSERT_NE(found, where.end()) << "producer " << key.second.producer << " record "
                                          << key.second.number << " was acknowledged and is lost";
            if (offset >= Offset(0)) {
                EXPECT_EQ(found->second, offset);
            }
        }
    }

  private:
    std::map<std::pair<StreamletId, RecordName>, Offset> acknowledged_;
    std::map<std::pair<StreamletId, Offset>, RecordName> seen_;
};

}  // namespace kera
