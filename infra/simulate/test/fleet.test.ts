// What the simulation comes to where it can be told by hand, and that it decides as the fleet does.
import { describe, expect, test } from '@jest/globals';
import { limitsOf } from '../limits.ts';
import { tookAt } from '../model/costs.ts';
import { simulate } from '../model/fleet.ts';
import type { Scenario } from '../model/scenario.ts';
import { readScenario } from '../options.ts';
import { someMeasured } from './some-measured.ts';

const scenario = (over: Partial<Scenario> = {}): Scenario => ({
  ...readScenario({ symbols: '100', strategies: 'lstm', trainers: '4', cores: '4', runs: '1' }).scenario,
  ...over,
});

describe('a run', () => {
  test('takes as long as its jobs do side by side, and each is trained once', () => {
    const { completed, failed, seconds } = simulate(scenario(), someMeasured);
    expect([completed, failed]).toEqual([100, 0]);
    // 25 jobs of a second each in a row, a claim and a completion of a millisecond each, and the start.
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(25.5);
  });

  test('takes twice as long on half the cores, whose processes share them', () => {
    const four = simulate(scenario(), someMeasured).seconds;
    const two = simulate(scenario({ cores: 2, hosts: 1 }), someMeasured).seconds;
    expect(two / four).toBeCloseTo(2, 1);
  });

  test('takes no longer for it where jobs wait half of their time', () => {
    const waiting = { strategies: ['rl'], hosts: 1 } as const;
    const four = simulate(scenario({ ...waiting, cores: 4 }), someMeasured).seconds;
    const two = simulate(scenario({ ...waiting, cores: 2 }), someMeasured).seconds;
    expect(two / four).toBeLessThan(1.3);
  });

  test('runs no more jobs than may, however many trainers there are', () => {
    const { seconds } = simulate(scenario({ maxRunning: 2 }), someMeasured);
    expect(seconds).toBeGreaterThan(50);
  });

  test('is the same each time, and another one by another seed', () => {
    const chance = { failures: 0.2, deaths: 0.05 };
    const one = simulate(scenario({ ...chance, seed: 1 }), someMeasured);
    expect(simulate(scenario({ ...chance, seed: 1 }), someMeasured)).toEqual(one);
    expect(simulate(scenario({ ...chance, seed: 2 }), someMeasured)).not.toEqual(one);
  });
});

test('jobs that fail are tried again, after the fleet’s own delays, until no attempt is left', () => {
  const all = simulate(
    scenario({ symbols: 10, failures: 1, retries: 3, reconcileSeconds: 0.1 }),
    someMeasured,
  );
  expect([all.completed, all.failed, all.retried]).toEqual([0, 10, 30]);
  // At least half of 5, 10 and 20 s.
  expect(all.seconds).toBeGreaterThan(17);
  const some = simulate(scenario({ failures: 0.2 }), someMeasured);
  expect(some.completed + some.failed).toBe(100);
  expect(some.retried).toBeGreaterThan(5);
});

test('the job of a trainer that is killed is trained again when its lease is over', () => {
  const { completed, recovered, seconds } = simulate(
    scenario({ symbols: 20, deaths: 0.2, leaseSeconds: 30 }),
    someMeasured,
  );
  expect(completed).toBe(20);
  expect(recovered).toBeGreaterThan(0);
  expect(seconds).toBeGreaterThan(30);
});

test('a run too long for its schedule leaves out what there is no time for, and ends as the next one is due', () => {
  // An hour has room for 3,600 jobs of a trainer; the first run has nothing to go by.
  const { runs } = simulate(
    scenario({ symbols: 5000, trainers: 1, cores: 1, hosts: 1, maxRunning: 1, runs: 4, tooLong: 'stalest' }),
    someMeasured,
  );
  expect(runs.map(({ jobs }) => jobs)).toEqual([
    5000,
    expect.any(Number),
    expect.any(Number),
    expect.any(Number),
  ]);
  const third = runs[2]!;
  expect(third.leftOut).toBeGreaterThan(1000);
  expect(third.jobs).toBeLessThan(3600);
  // What is between two jobs is no part of their measured time.
  expect(third.seconds).toBeLessThan(1.02 * 3600);
  expect(Math.abs(third.expectedSeconds! - third.seconds!)).toBeLessThan(60);
});

test('one lock is what a fleet of any size waits for in the end', () => {
  const short = { ...someMeasured, jobs: { lstm: { seconds: [0.01], cpuSeconds: 0.01, betweenSeconds: 0 } } };
  const fleet = { symbols: 5000, trainers: 200, cores: 200, hosts: 100, maxRunning: 200 };
  const { claims, jobsAnHour } = simulate(scenario(fleet), short);
  expect(claims.busy).toBeGreaterThan(0.8);
  expect(jobsAnHour / 3600).toBeLessThan(1000);
});

test('what something takes between two sizes that were measured lies between what it took there', () => {
  const at = (pairs: number): number => tookAt(someMeasured.sizes, 'a scrape', pairs);
  expect([at(10), at(1000), at(10_000), at(20_000)]).toEqual([0.1, 0.1, 1, 2]);
  expect(at(3162)).toBeCloseTo(0.316, 2);
  expect(tookAt(someMeasured.sizes, 'nobody measured it', 1000)).toBe(0);
});

test('what breaks first stands first', () => {
  const [first] = limitsOf(scenario({ trainers: 50, cores: 50 }), someMeasured, 3600);
  expect(first).toMatchObject({ what: 'connections to PostgreSQL', share: 1.25 });
  const [busy] = limitsOf(scenario({ symbols: 10_000, trainers: 1, cores: 1 }), someMeasured, 3600);
  expect(busy!.share).toBeGreaterThan(2);
});

test.each([
  [{ symbols: 'many' }, /--symbols is "many": it takes a whole number from 1 to 1000000/],
  [{ failures: '101' }, /--failures is "101": it takes 0 to 100/],
  [{ failures: '60', deaths: '50' }, /more than 100 % together/],
  [{ cron: 'now' }, /--cron is "now": it takes the five fields/],
  [{ 'too-long': 'never' }, /--too-long is "never": it takes warn or stalest/],
  [{ strategies: '0' }, /--strategies is 0: it takes 1 to 20/],
])('%j is refused', (given, why) => {
  expect(() => readScenario(given)).toThrow(why);
});

test('a strategy that was not measured is named, with those that were', () => {
  expect(() => simulate(scenario({ strategies: ['dream'] }), someMeasured)).toThrow(/dream.*lstm, rl/);
});
