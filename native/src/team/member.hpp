// What a thread of the team sees: its share of the work, and the barrier. Every sum is taken by one thread in
// one order, so results do not depend on the number of threads.
#pragma once

#include "team/team.h"
#include "team/tile_mode.hpp"

namespace IRNN_NAMESPACE {

struct Range {
  int first, end;
};

struct Member {
  Team* team;
  int index, count;

  /** This thread's part of 0, ..., items - 1: all parts are of nearly equal size and consecutive. */
  INLINE Range share(int items) const {
    return {(int)((int64_t)items * index / count), (int)((int64_t)items * (index + 1) / count)};
  }
  /** As `share`, cut at multiples of `unit`. */
  INLINE Range share_in(int unit, int items) const {
    const Range units = share((items + unit - 1) / unit);
    return {units.first * unit, units.end * unit < items ? units.end * unit : items};
  }
  /** For work that is not shared. */
  static Member alone() { return {nullptr, 0, 1}; }

  INLINE bool leads() const { return index == 0; }
  INLINE void wait() const {
    if (count > 1) team_barrier(team);
  }
};

/** Runs work(member) on every thread of the team. */
template <typename Work>
inline void run_together(Team* team, Work work) {
  struct Call {
    Team* team;
    Work* work;
  } call = {team, &work};
  const auto task = [](void* argument, int index) {
    const Call& c = *(const Call*)argument;
    [[maybe_unused]] const TileMode mode(index > 0);  // the caller has its own
    (*c.work)(Member{c.team, index, team_size(c.team)});
  };
  team_run(team, task, &call);
}

}  // namespace IRNN_NAMESPACE
