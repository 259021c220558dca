// How far a waiting fetch has come with its search in the lanes of streamlets, while it waits for
// the disk. Without this, each try would search all lanes again, and need a segment of each of them
// in memory at the same time: a full node may have room for one only, and the fetch would never
// end. One thread. Invariant: an entry's cursor is at the entry's offset.
#pragma once

#include <unordered_map>
#include <utility>

#include "storage/read/cursor.hpp"
#include "wire/message/consume_messages.hpp"

namespace kera {

class SoughtLanes {
  public:
    // Where to go on; where the client says, when nothing is kept.
    Cursor of(const Fetch::Entry& asked) const {
        const auto found = cursors_.find(&asked);
        return found == cursors_.end() ? Cursor(asked.cursor) : found->second;
    }
    // REQUIRES: nothing was read with it. The entry stays where it is.
    void keep(const Fetch::Entry& asked, Cursor&& cursor) {
        cursors_.insert_or_assign(&asked, std::move(cursor));
    }

  private:
    std::unordered_map<const Fetch::Entry*, Cursor> cursors_;
};

}  // namespace kera
