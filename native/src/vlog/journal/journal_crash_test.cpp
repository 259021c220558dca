// Power cuts at any moment, on a disk that tears, loses and refuses: what was promised is found,
// and nothing else. One thread, one seed per life of a node; a failure names its seed.
#include <gtest/gtest.h>

#include "vlog/testing/journal_world.hpp"
#include "vlog/testing/sim_seeds.hpp"

namespace kera {
namespace {

void set_faults(JournalWorld& world) {
    SimDiskFaults faults;
    if (world.random().chance(0.5)) {
        faults.sync_error = 0.1;
        faults.write_error = 0.05;
        faults.other_error = 0.05;
    }
    world.disk().faults() = faults;
    const bool small = world.random().chance(0.2);
    world.media().set_capacity_bytes(small ? 100'000 : UINT64_MAX / 2);
}

void live_for_a_while(JournalWorld& world) {
    const std::uint64_t steps = world.random().below(400);
    for (std::uint64_t i = 0; i < steps; ++i) {
        const std::uint64_t what = world.random().below(10);
        if (what < 4 && world.journal().check_room().ok()) {
            world.append(static_cast<std::uint32_t>(world.random().below(3000)),
                         world.random().chance(0.3));
        } else if (what == 4 && world.random().chance(0.1)) {
            world.cut(world.journal().durable_position());
        } else if (what == 5 && world.random().chance(0.02)) {
            // What lies between two that are needed goes as well.
            const std::int64_t end = world.journal().durable_position().value();
            const std::int64_t first = world.random().between(0, end);
            world.forget(Position(first), Position(world.random().between(first, end)));
        } else {
            world.step();
        }
        world.note_promises();
    }
}

TEST(JournalCrashTest, what_was_promised_is_found_and_nothing_else) {
    for (std::uint64_t seed = 1; seed <= sim_seeds() && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed=" + std::to_string(seed));
        JournalWorld world(seed);
        world.start();
        for (int life = 0; life < 4 && !testing::Test::HasFailure(); ++life) {
            SCOPED_TRACE("life=" + std::to_string(life));
            set_faults(world);
            live_for_a_while(world);
            world.power_cut();
            world.disk().faults() = {};
            world.expect_found(world.scan());
            if (world.random().chance(0.3)) {
                // Recovery itself is cut off, and runs again.
                world.disk().die_after(0);
                world.media().crash(world.random());
            }
            world.begin_again();
            world.expect_found(world.scan());
        }
    }
}

}  // namespace
}  // namespace kera
