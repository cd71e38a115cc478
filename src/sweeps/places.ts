import { ExitCode, UserError } from '../support/errors.ts';
import { groupBy } from '../support/group-by.ts';
import type { Sweep, SweepRun } from './manifest.ts';
import type { Observation } from './observe.ts';
import { entrantsOf, groupsOf, quota } from './plan.ts';

/**
 * The most runs of a group that enter a rung (from 0). This is known before anything has run, so a batch system can
 * reserve a place for each; which run takes a place is known once the rung before is complete.
 */
export function placesOf({ halving }: Sweep, group: readonly SweepRun[], rung: number): number {
  const combinations = groupBy(group, ({ combination }) => combination);
  const seeds = Math.max(...[...combinations.values()].map((runs) => runs.length));
  let count = combinations.size;
  if (rung === 0) return group.length;
  for (let before = 0; before < rung; before++) count = quota(count, halving!.eta);
  return count * seeds;
}

/** Places of a rung over all groups. */
export function totalPlaces(sweep: Sweep, rung: number): number {
  return [...groupsOf(sweep).values()].reduce((sum, group) => sum + placesOf(sweep, group, rung), 0);
}

/**
 * The run that takes a place on a rung (from 0); null if fewer came so far.
 * Throws UserError: 66 while the rung before is not complete, 64 if there is no such place.
 */
export function placeOf(
  sweep: Sweep,
  observe: (run: SweepRun) => Observation,
  rung: number,
  place: number,
): SweepRun | null {
  let first = 0;
  for (const [name, group] of groupsOf(sweep)) {
    const places = placesOf(sweep, group, rung);
    if (place >= first + places || place < first) {
      first += places;
      continue;
    }
    const entrants = entrantsOf(sweep, group, observe, rung);
    if (entrants === null) {
      const which = name === '' ? 'the sweep' : name;
      const message = `rung ${rung} of ${which} is not complete; start the sweep again to complete it`;
      throw new UserError(ExitCode.missingInput, message);
    }
    return entrants[place - first] ?? null;
  }
  throw new UserError(ExitCode.usage, `no place ${place} on rung ${rung + 1}`);
}
