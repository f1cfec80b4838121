import { expect, test } from '@jest/globals';
import type { TimelineAttempt, TimelineJob } from '@ml-training/core';
import { spansOf } from './spans.ts';

const at = (minute: number): Date => new Date(Date.UTC(2026, 0, 1, 12, minute));
const job = (over: Partial<TimelineJob>): TimelineJob => ({
  job_id: 'j',
  strategy_type: 'lstm',
  symbol: 'A',
  status: 'completed',
  attempt: 1,
  max_attempts: 4,
  postponed: 0,
  created_at: at(0),
  started_at: at(1),
  completed_at: at(5),
  retry_at: null,
  progress: 1,
  error_code: null,
  ...over,
});
const start = (
  attempt: number,
  from: number,
  to: number | null,
  outcome: TimelineAttempt['outcome'],
): TimelineAttempt => ({
  job_id: 'j',
  attempt,
  started_at: at(from),
  ended_at: to === null ? null : at(to),
  outcome,
  error_code: outcome === 'completed' || outcome === null ? null : 'E',
});
const minute = (time: string | null): number | null =>
  time === null ? null : new Date(time).getUTCMinutes();

test.each<[string, Partial<TimelineJob>, TimelineAttempt[], [string, number, number | null, number][]]>([
  [
    'one attempt',
    {},
    [start(1, 1, 5, 'completed')],
    [
      ['waiting', 0, 1, 0],
      ['completed', 1, 5, 1],
    ],
  ],
  ['at once', { started_at: at(0) }, [start(1, 0, 5, 'completed')], [['completed', 0, 5, 1]]],
  [
    'failed and tried again shows both',
    { attempt: 2, started_at: at(4), completed_at: at(9) },
    [start(1, 1, 3, 'retried'), start(2, 4, 9, 'completed')],
    [
      ['waiting', 0, 1, 0],
      ['retried', 1, 3, 1],
      ['waiting', 3, 4, 0],
      ['completed', 4, 9, 2],
    ],
  ],
  [
    'handed back by a trainer that stopped',
    { started_at: at(4) },
    [start(1, 1, 3, 'handed_back'), start(1, 3, 5, 'completed')],
    [
      ['waiting', 0, 1, 0],
      ['retried', 1, 3, 1],
      ['completed', 3, 5, 1],
    ],
  ],
  [
    'failed for good',
    { status: 'failed', error_code: 'E' },
    [start(1, 1, 5, 'failed')],
    [
      ['waiting', 0, 1, 0],
      ['failed', 1, 5, 1],
    ],
  ],
  [
    'its trainer died in the last attempt',
    { status: 'failed' },
    [start(4, 1, 5, 'trainer_died')],
    [
      ['waiting', 0, 1, 0],
      ['failed', 1, 5, 4],
    ],
  ],
  [
    'running',
    { status: 'running', completed_at: null },
    [start(1, 1, null, null)],
    [
      ['waiting', 0, 1, 0],
      ['running', 1, null, 1],
    ],
  ],
  [
    'waits for a retry',
    { status: 'queued', completed_at: null, started_at: at(1) },
    [start(1, 1, 3, 'retried')],
    [
      ['waiting', 0, 1, 0],
      ['retried', 1, 3, 1],
      ['waiting', 3, null, 0],
    ],
  ],
  [
    'waits',
    { status: 'queued', started_at: null, completed_at: null, attempt: 0 },
    [],
    [['waiting', 0, null, 0]],
  ],
  ['cancelled before it ran', { status: 'cancelled', started_at: null }, [], [['cancelled', 0, 5, 0]]],
  [
    'from before attempts were kept',
    { attempt: 3, started_at: at(4) },
    [],
    [
      ['retried', 0, 4, 2],
      ['completed', 4, 5, 3],
    ],
  ],
  [
    'from before, at the first attempt',
    {},
    [],
    [
      ['waiting', 0, 1, 0],
      ['completed', 1, 5, 1],
    ],
  ],
])('%s', (_, over, attempts, expected) => {
  const spans = spansOf(job(over), attempts);
  expect(spans.map(({ kind, from, to, attempt }) => [kind, minute(from), minute(to), attempt])).toEqual(
    expected,
  );
});

test('no span ends before it begins, and none overlaps the next', () => {
  const spans = spansOf(job({ attempt: 2, started_at: at(4), completed_at: at(9) }), [
    start(1, 1, 3, 'retried'),
    start(2, 4, 9, 'completed'),
  ]);
  for (let i = 0; i < spans.length; i++) {
    expect(spans[i]!.from < spans[i]!.to!).toBe(true);
    if (i > 0) expect(spans[i]!.from >= spans[i - 1]!.to!).toBe(true);
  }
});
