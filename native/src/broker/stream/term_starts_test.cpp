#include "broker/stream/term_starts.hpp"

#include <gtest/gtest.h>

namespace kera {
namespace {

using One = TermStarts::One;

void expect_end(const TermStarts& terms, std::int32_t asked, std::int32_t term, std::int64_t end) {
    const TermStarts::End found = terms.end_of(Term(asked), Offset(90));
    EXPECT_EQ(found.term, Term(term)) << asked;
    EXPECT_EQ(found.end, Offset(end)) << asked;
}

TEST(TermStartsTest, a_term_ends_where_the_next_known_one_begins) {
    TermStarts terms;
    terms.begin(Term(2), Offset(10));
    terms.begin(Term(5), Offset(30));
    terms.begin(Term(6), Offset(70));
    expect_end(terms, 1, 0, 10);
    expect_end(terms, 2, 2, 30);
    expect_end(terms, 4, 2, 30);
    expect_end(terms, 5, 5, 70);
    expect_end(terms, 6, 6, 90);
}

TEST(TermStartsTest, forgets_a_term_of_which_nothing_was_appended) {
    TermStarts terms;
    terms.begin(Term(1), Offset(0));
    terms.begin(Term(2), Offset(30));
    terms.begin(Term(3), Offset(30));
    EXPECT_EQ(terms.all(), (std::vector<One>{{Term(1), Offset(0)}, {Term(3), Offset(30)}}));
    expect_end(terms, 2, 1, 30);
}

TEST(TermStartsTest, learns_of_terms_from_chunks_in_any_order) {
    TermStarts terms;
    terms.begin(Term(1), Offset(0));
    for (const One& chunk : {One{Term(4), Offset(60)}, One{Term(2), Offset(50)},
                             One{Term(2), Offset(40)}, One{Term(1), Offset(20)}}) {
        terms.note(chunk.term, chunk.start);
    }
    EXPECT_EQ(
        terms.all(),
        (std::vector<One>{{Term(1), Offset(0)}, {Term(2), Offset(40)}, {Term(4), Offset(60)}}));
}

TEST(TermStartsTest, keeps_the_latest) {
    TermStarts terms;
    for (std::int32_t term = 1; term <= 20; ++term) {
        terms.begin(Term(term), Offset(term));
    }
    EXPECT_EQ(terms.all().size(), TermStarts::kTermsMax);
    EXPECT_EQ(terms.all().front().term, Term(13));
    EXPECT_EQ(terms.last(), Term(20));
}

}  // namespace
}  // namespace kera
