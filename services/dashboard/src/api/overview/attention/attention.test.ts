import { describe, expect, test } from '@jest/globals';
import type { FailedPair, OpenJob, RunOutcome } from '@ml-training/core';
import { needsAttention, type FleetFacts } from './index.ts';

const now = new Date('2026-03-02T12:00:00Z');
const ago = (seconds: number): Date => new Date(now.getTime() - 1000 * seconds);
const hour = 3600;
const day = 24 * hour;
type Cell = FleetFacts['cells'][number];
const id = '00000000-0000-4000-8000-000000000000';

const roles = (over: Record<string, { instances?: number; last_beat_seconds?: number | null }> = {}) =>
  ['scheduler', 'trainer', 'heartbeat', 'dashboard', 'metrics'].map((role) => ({
    role,
    instances: 1,
    last_beat_seconds: 2,
    ...over[role],
  }));

const model = (over: object = {}): NonNullable<Cell['model']> => ({
  model_id: 'm1',
  created_at: ago(5 * hour).toISOString(),
  activated_at: ago(5 * hour).toISOString(),
  rows: 189,
  difference: 0.01,
  low: -0.02,
  high: 0.04,
  rule: 'majority_class',
  live: null,
  ...over,
});
const last = (over: object = {}): NonNullable<Cell['last']> => ({
  model_id: 'm1',
  created_at: ago(5 * hour).toISOString(),
  promoted: true,
  decision: 'Promoted: it works.',
  below_floor: false,
  learnt_nothing: false,
  ...over,
});
const cell = (over: Partial<Cell> = {}): Cell => ({
  strategy_type: 'lstm',
  symbol: 'GOOG',
  model: model(),
  why_none: null,
  planned: true,
  last: last(),
  has_previous: false,
  ...over,
});
const empty = (over: Partial<Cell> = {}): Cell =>
  cell({ model: null, last: null, why_none: 'not trained yet', ...over });
const run = (over: Partial<RunOutcome> = {}): RunOutcome => ({
  run_id: id,
  trigger: 'schedule',
  scheduled_for: ago(5 * hour),
  requested_at: ago(5 * hour),
  finished_at: ago(4 * hour),
  skipped: [],
  jobs: 3,
  completed: 3,
  failed: 0,
  cancelled: 0,
  queued: 0,
  running: 0,
  last_end: ago(4 * hour),
  ...over,
});
const failed = (over: Partial<FailedPair> = {}): FailedPair => ({
  job_id: id,
  strategy_type: 'lstm',
  symbol: 'TSLA',
  attempt: 4,
  max_attempts: 4,
  completed_at: ago(hour),
  error_code: 'TRAINING_FAILED',
  error_message: 'the loss is NaN\n  at step 3',
  ...over,
});
const queue = (over: object = {}) => ({ queued: 0, oldest: null, running: 0, postponed: [], ...over });

/** A fleet in which all is well. */
const facts = (over: Partial<FleetFacts> = {}): FleetFacts => ({
  now,
  troubles: [],
  roles: roles(),
  period: 8 * hour,
  dueTick: ago(5 * hour),
  doneTick: ago(5 * hour),
  run: run(),
  queue: queue(),
  dead: 0,
  maxRunning: 3,
  trainersMayBeAway: false,
  ownBars: true,
  open: [],
  failed: [],
  planned: [{ strategy_type: 'lstm', symbol: 'GOOG' }],
  leftOutOfPlan: [],
  trainings: [
    {
      strategy_type: 'lstm',
      symbol: 'GOOG',
      job_id: id,
      completed_at: ago(5 * hour),
      newest_bars: { GOOG: ago(6 * hour).toISOString() },
    },
  ],
  leftOut: new Map(),
  newestBars: new Map([['GOOG', ago(6 * hour)]]),
  cells: [cell()],
  ...over,
});

test('a fleet in which all is well needs nobody', () => {
  expect(needsAttention(facts())).toEqual([]);
});

test('nor does one whose trainers are away while no job waits', () => {
  const away = roles({ trainer: { instances: 0, last_beat_seconds: 400 } });
  expect(needsAttention(facts({ roles: away, trainersMayBeAway: true }))).toEqual([]);
});

const trained = (completed: number, seen: number) => [
  { ...facts().trainings[0]!, completed_at: ago(completed), newest_bars: { GOOG: ago(seen).toISOString() } },
];
const waits = (over: object = {}) => queue({ queued: 4, oldest: ago(600), ...over });
const opened = { job_id: id, strategy_type: 'lstm', symbol: 'GOOG', status: 'queued' } as OpenJob;

describe('told of', () => {
  test.each<[string, Partial<FleetFacts>, string, string, RegExp]>([
    [
      'a server',
      { troubles: ['Redis does not answer: ECONNREFUSED'] },
      'server-away',
      'copy',
      /^Redis does not answer \| .*ECONNREFUSED/,
    ],
    [
      'a trainer that is gone',
      { roles: roles({ trainer: { instances: 0, last_beat_seconds: 400 } }) },
      'role-missing',
      'copy',
      /no trainer is running \| .*6 min ago; nothing is trained/,
    ],
    [
      'a scheduler that never was',
      { roles: roles({ scheduler: { instances: 0, last_beat_seconds: null } }) },
      'role-missing',
      'copy',
      /none was ever seen/,
    ],
    [
      'an overdue run',
      { dueTick: ago(600), doneTick: ago(8 * hour) },
      'run-overdue',
      'run copy',
      /2026-03-02 11:50 UTC has not started/,
    ],
    [
      'a run that goes on too long',
      { run: run({ requested_at: ago(9 * hour), queued: 2 }) },
      'run-slow',
      'open',
      /2 of its 3 jobs/,
    ],
    [
      'jobs that nobody takes',
      { queue: waits() },
      'queue-stuck',
      'open copy',
      /4 jobs wait .* due for 10 min, 0 of 3 places/,
    ],
    [
      'jobs that nobody takes, for want of a trainer',
      { queue: waits(), roles: roles({ trainer: { instances: 0, last_beat_seconds: 5 } }) },
      'queue-stuck',
      'open copy',
      /no trainer is running/,
    ],
    [
      'jobs that wait for the disk',
      { queue: queue({ postponed: [{ code: 'DISK_FULL', jobs: 1, message: 'no room left\nfoo' }] }) },
      'jobs-postponed',
      'open',
      /1 job waits for the machine: DISK_FULL \| no room left;/,
    ],
    [
      'a failed job, by its first line',
      { failed: [failed()] },
      'job-failed',
      'retry open',
      /lstm TSLA failed, attempt 4 of 4 \| the loss is NaN$/,
    ],
    [
      'a failed job for want of bars',
      { failed: [failed({ error_code: 'TOO_FEW_BARS' })] },
      'job-failed',
      'copy retry open',
      /lstm TSLA/,
    ],
    [
      'the failed ensemble',
      { failed: [failed({ strategy_type: 'ensemble', symbol: '@ALL' })] },
      'job-failed',
      'retry open',
      /ensemble of all symbols failed/,
    ],
    [
      'a pair that was never trained',
      { cells: [empty()] },
      'model-missing',
      'train',
      /1 pair without a model \| never trained: lstm GOOG/,
    ],
    [
      'many that were never trained, as one',
      { cells: ['A', 'B', 'C', 'D', 'E'].map((symbol) => empty({ symbol })) },
      'model-missing',
      'run',
      /5 pairs .* lstm A, lstm B, lstm C and 2 more/,
    ],
    [
      'a first model that was refused',
      { cells: [empty({ last: last({ promoted: false, decision: 'Not promoted: broken.' }) })] },
      'model-missing',
      'open',
      /has no model in use \| Not promoted: broken/,
    ],
    [
      'a first model that is worse than its floor',
      {
        cells: [
          empty({
            last: last({ promoted: false, decision: 'Not promoted: it is below.', below_floor: true }),
          }),
        ],
      },
      'model-missing',
      'open',
      /no model of lstm GOOG passed the floor yet \| Not promoted: it is below/,
    ],
    [
      'many of them, as one',
      {
        cells: ['A', 'B', 'C', 'D', 'E'].map((symbol) =>
          empty({ symbol, last: last({ promoted: false, below_floor: true }) }),
        ),
      },
      'model-missing',
      'open',
      /5 pairs without a model: none passed the floor yet \| .*lstm A, lstm B, lstm C and 2 more/,
    ],
    [
      'a pair that no run has trained for long',
      { trainings: trained(17 * hour, 20 * hour) },
      'model-stale',
      'run',
      /1 pair not trained lately \| .*lstm GOOG/,
    ],
    [
      'a model that is worse than a rule beyond noise',
      { cells: [cell({ model: model({ difference: -0.02, low: -0.03, high: -0.01 }), has_previous: true })] },
      'model-below-rules',
      'open roll-back',
      /lstm GOOG is below majority class \| .*189 bars.*−0.0200 \(95 % −0.0300 to −0.0100\)/,
    ],
    [
      'one of the RL agent, in per cent, with nothing to roll back to',
      {
        cells: [
          cell({
            strategy_type: 'rl',
            model: model({ difference: -0.2, low: -0.3, high: -0.1, rule: 'buy_and_hold' }),
          }),
        ],
      },
      'model-below-rules',
      'open',
      /below buy and hold \| .*−20.0 % \(95 % −30.0 % to −10.0 %\)/,
    ],
    [
      'a model that is below the naive rule on new bars',
      {
        cells: [
          cell({
            model: model({
              live: { rows: 120, verdict: 'below', note: 'on 120 bars since its training: worse' },
            }),
            has_previous: true,
          }),
        ],
      },
      'model-below-live',
      'open roll-back',
      /lstm GOOG is below the naive rule on new bars \| .*on 120 bars since its training/,
    ],
    [
      'a model that could not be scored on new bars',
      {
        cells: [cell({ model: model({ live: { rows: 0, verdict: 'unknown', note: 'its file is gone' } }) })],
      },
      'model-not-scored',
      'open',
      /lstm GOOG could not be scored on new bars \| .*its file is gone/,
    ],
    [
      'a refused promotion',
      {
        cells: [
          cell({
            last: last({
              model_id: 'm2',
              promoted: false,
              created_at: ago(hour).toISOString(),
              decision: 'Not promoted: worse beyond noise.',
            }),
          }),
        ],
      },
      'promotion-refused',
      'open',
      /worse beyond noise/,
    ],
    [
      'symbols with too few bars',
      {
        leftOutOfPlan: [
          { strategy_type: 'lstm', symbol: 'X', reason: '63 bars, MIN_TRAINING_DATA_POINTS asks for 100' },
        ],
      },
      'left-out',
      'copy',
      /lstm X: 63 bars/,
    ],
    [
      'symbols left out of the ensemble',
      { leftOut: new Map([['ensemble', { X: 'X: the close never moves' }]]) },
      'left-out',
      'open',
      /1 symbol left out of the ensemble \| X: the close never moves/,
    ],
    ['entries of the queue that are none', { dead: 2 }, 'dead-entries', 'open', /2 entries/],
    [
      'bars that are old',
      { newestBars: new Map([['GOOG', ago(5 * day)]]) },
      'bars-old',
      'copy open',
      /newest bar of GOOG is of 2026-02-25/,
    ],
  ])('%s', (_, over, kind, actions, words) => {
    const items = needsAttention(facts(over));
    expect(items.map((one) => one.kind)).toEqual([kind]);
    expect(items[0]!.actions.map((action) => action.do).join(' ')).toBe(actions);
    expect(`${items[0]!.title} | ${items[0]!.reason}`).toMatch(words);
  });
});

describe('nothing is said of', () => {
  test.each<[string, Partial<FleetFacts>]>([
    ['who lives, while Redis does not answer', { roles: null }],
    [
      'a role that was restarted just now',
      { roles: roles({ trainer: { instances: 0, last_beat_seconds: 12 } }) },
    ],
    ['another page that is gone', { roles: roles({ dashboard: { instances: 0, last_beat_seconds: 900 } }) }],
    ['a tick of a moment ago', { dueTick: ago(60), doneTick: ago(8 * hour) }],
    [
      'a schedule that never fires',
      {
        period: null,
        dueTick: null,
        trainings: trained(99 * day, 100 * day),
        newestBars: new Map([['GOOG', ago(hour)]]),
      },
    ],
    ['jobs that wait while every place is taken', { queue: waits({ running: 3 }) }],
    ['jobs that wait while every trainer works', { queue: waits({ running: 1 }) }],
    ['jobs that were queued a moment ago', { queue: waits({ oldest: ago(60) }) }],
    ['jobs that wait for their next attempt', { queue: waits({ oldest: null }) }],
    ['a run under way', { run: run({ requested_at: ago(hour), running: 2 }) }],
    [
      'a run that somebody asked for long ago',
      { run: run({ trigger: 'manual', requested_at: ago(99 * hour), queued: 1 }) },
    ],
    ['a pair that is being trained for the first time', { cells: [empty()], open: [opened] }],
    ['a pair that no run trains', { cells: [empty({ planned: false })] }],
    ['a training of two runs ago', { trainings: trained(15 * hour, 20 * hour) }],
    [
      'a pair without a new bar',
      { trainings: trained(9 * day, 6 * hour), newestBars: new Map([['GOOG', ago(6 * hour)]]) },
    ],
    ['an old training while one is under way', { trainings: trained(99 * hour, 99 * hour), open: [opened] }],
    [
      'a model that is below a rule within noise',
      { cells: [cell({ model: model({ difference: -0.02, low: -0.05, high: 0.01 }) })] },
    ],
    [
      'a model without an interval',
      { cells: [cell({ model: model({ difference: -1, low: null, high: null }) })] },
    ],
    [
      'a newer model that somebody rolled back from',
      {
        cells: [
          cell({
            model: model({ activated_at: ago(60).toISOString() }),
            last: last({ model_id: 'm2', promoted: false, created_at: ago(hour).toISOString() }),
          }),
        ],
      },
    ],
    [
      'a newer model that is the one in use once more',
      { cells: [cell({ last: last({ model_id: 'm2', promoted: false, learnt_nothing: true }) })] },
    ],
    ['a dead list that is out of reach', { dead: null }],
    [
      'bars of the last week',
      { newestBars: new Map([['GOOG', ago(3 * day)]]), trainings: trained(hour, 3 * day) },
    ],
    [
      'old bars that no run trains on',
      {
        newestBars: new Map([
          ['GOOG', ago(6 * hour)],
          ['OLD', ago(99 * day)],
        ]),
      },
    ],
  ])('%s', (_, over) => {
    expect(needsAttention(facts(over))).toEqual([]);
  });
});

test('the worst comes first, and a failed pair is told of once', () => {
  const items = needsAttention(
    facts({
      dead: 1,
      failed: [failed({ symbol: 'GOOG' })],
      cells: [empty(), cell({ symbol: 'A', model: model({ high: -0.001, low: -0.1, difference: -0.05 }) })],
    }),
  );
  expect(items.map(({ kind }) => kind)).toEqual(['job-failed', 'model-below-rules', 'dead-entries']);
});

test('nobody is sent to an import where bars are in a table of the user’s', () => {
  const short = { failed: [failed({ symbol: 'GOOG', error_code: 'TOO_FEW_BARS' })] };
  const actionsOf = (over: Partial<FleetFacts>) => needsAttention(facts({ ...short, ...over }))[0]!.actions;
  expect(actionsOf({})[0]).toEqual({ do: 'copy', command: 'ml import FILE.csv' });
  expect(actionsOf({ ownBars: false }).map((one) => one.do)).not.toContain('copy');
});
