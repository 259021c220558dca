// Notes and finds where terms began.
#include "broker/stream/term_starts.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace kera {

void TermStarts::begin(Term term, Offset start) {
    KERA_ASSERT(last() < term, last(), term);
    while (!starts_.empty() && starts_.back().start >= start) {
        starts_.pop_back();
    }
    starts_.push_back({term, start});
    forget_oldest();
}

void TermStarts::note(Term term, Offset at) {
    const auto found = std::find_if(starts_.begin(), starts_.end(),
                                    [term](const One& one) { return one.term >= term; });
    if (found == starts_.end() || found->term != term) {
        starts_.insert(found, {term, at});
        forget_oldest();
    } else {
        found->start = std::min(found->start, at);
    }
}

TermStarts::End TermStarts::end_of(Term asked, Offset head) const noexcept {
    const auto next = std::find_if(starts_.begin(), starts_.end(),
                                   [asked](const One& one) { return one.term > asked; });
    return {next == starts_.begin() ? kAnyTerm : std::prev(next)->term,
            next == starts_.end() ? head : next->start};
}

void TermStarts::forget_oldest() {
    if (starts_.size() > kTermsMax) {
        starts_.erase(starts_.begin());
    }
}

}  // namespace kera
