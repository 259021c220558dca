// Where the latest terms of a streamlet began. So a reader of an earlier term, or later a replica,
// learns where that term ended, and whether it has read what is lost. Belongs to the thread that
// opens the core, then to the first reactor's. Invariants: at most kTermsMax terms; later terms
// begin at later offsets.
#pragma once

#include <cstddef>
#include <vector>

#include "base/ids.hpp"

namespace kera {

class TermStarts {
  public:
    static constexpr std::size_t kTermsMax = 8;

    struct One {
        Term term;
        Offset start;

        friend bool operator==(const One&, const One&) = default;
    };
    // The latest term that is not later than the one asked for; kAnyTerm: none is known.
    struct End {
        Term term;
        Offset end;
    };

    // A later term begins. Nothing of a term that began there, too, was ever appended: it is
    // forgotten.
    void begin(Term term, Offset start);
    // Recovery has found a chunk of this term at this offset.
    void note(Term term, Offset at);
    // `head`: where the latest term ends so far.
    End end_of(Term asked, Offset head) const noexcept;

    Term last() const noexcept { return starts_.empty() ? kAnyTerm : starts_.back().term; }
    const std::vector<One>& all() const noexcept { return starts_; }

  private:
    void forget_oldest();

    std::vector<One> starts_;
};

}  // namespace kera
