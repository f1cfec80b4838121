import { describe, expect, test } from '@jest/globals';
import type { Beat, Role, Trouble } from '@ml-training/core';
import { nothingOdd } from './last-trainings.ts';
import { fleetStatus } from './status.ts';

const now = new Date('2024-01-01T12:00:30Z');
const beats = (...roles: Role[]): Beat[] => roles.map((role, i) => ({ role, instance: `i${i}`, age: 0 }));

const trouble = (server: Trouble['server'], kind: Trouble['kind'], what: string, more: string): Trouble => ({
  server,
  kind,
  what,
  more,
});

describe('the fleet is', () => {
  test.each([
    ['healthy with one of each', beats('scheduler', 'trainer', 'heartbeat', 'metrics'), [], 'healthy', []],
    [
      'degraded without a scheduler',
      beats('trainer', 'heartbeat', 'metrics'),
      [],
      'degraded',
      ['no scheduler is running'],
    ],
    [
      'degraded without scheduler and metrics, both named',
      beats('trainer', 'heartbeat'),
      [],
      'degraded',
      ['no scheduler is running', 'no metrics is running'],
    ],
    [
      'down without a trainer',
      beats('scheduler', 'heartbeat', 'metrics'),
      [],
      'down',
      ['no trainer is running'],
    ],
    [
      'down without the database, whoever runs',
      beats('scheduler', 'trainer', 'heartbeat', 'metrics'),
      [trouble('PostgreSQL', 'silent', 'PostgreSQL does not answer', 'no answer within 2000 ms')],
      'down',
      ['PostgreSQL does not answer'],
    ],
    [
      'down with a server that takes no writes, with the reason',
      beats('scheduler', 'trainer', 'heartbeat', 'metrics'),
      [trouble('PostgreSQL', 'useless', 'PostgreSQL takes no writes', 'it is a standby')],
      'down',
      ['PostgreSQL takes no writes: it is a standby'],
    ],
    [
      'degraded with a Redis that is full, which drains',
      beats('scheduler', 'trainer', 'heartbeat', 'metrics'),
      [trouble('Redis', 'full', 'Redis is at its maxmemory', 'raise it')],
      'degraded',
      ['Redis is at its maxmemory: raise it'],
    ],
    [
      'down when nobody runs',
      beats(),
      [],
      'down',
      [
        'no scheduler is running',
        'no trainer is running',
        'no heartbeat is running',
        'no metrics is running',
      ],
    ],
  ] as const)('%s', (_, who, found, status, problems) => {
    expect(fleetStatus(who, found, now)).toMatchObject({
      status,
      problems,
      timestamp: '2024-01-01T12:00:30.000Z',
    });
  });
});

test('a role shows how many run, and the newest of their beats', () => {
  const { roles } = fleetStatus(
    [
      { role: 'trainer', instance: 'a', age: 12 },
      { role: 'trainer', instance: 'b', age: 3 },
      { role: 'trainer', instance: 'c', age: 7 },
    ],
    [],
    now,
  );
  expect(roles).toEqual({
    trainer: { instances: 3, last_beat: '2024-01-01T12:00:27.000Z' },
    scheduler: { instances: 0, last_beat: null },
    heartbeat: { instances: 0, last_beat: null },
    dashboard: { instances: 0, last_beat: null },
    metrics: { instances: 0, last_beat: null },
  });
});

test('a role shows its last beat also when none of it is left', () => {
  const lastSeen = new Map([
    ['trainer', 4000],
    ['scheduler', 9],
  ] as const);
  const { roles, status } = fleetStatus([{ role: 'scheduler', instance: 'a', age: 3 }], [], now, {
    lastSeen,
  });
  expect(status).toBe('down');
  expect(roles).toMatchObject({
    trainer: { instances: 0, last_beat: '2024-01-01T10:53:50.000Z' },
    scheduler: { instances: 1, last_beat: '2024-01-01T12:00:27.000Z' },
    metrics: { instances: 0, last_beat: null },
  });
});

describe('what the last trainings came to', () => {
  const all = beats('scheduler', 'trainer', 'heartbeat', 'metrics');
  test.each([
    [
      'a failed one makes it degraded',
      { failed: 'lstm A (no)' },
      'degraded',
      ['the last training failed: lstm A (no)'],
    ],
    [
      'what was left out is told of, no more',
      { leftOut: { ensemble: 'B (20 bars)' } },
      'healthy',
      ['left out of the ensemble: B (20 bars)'],
    ],
    [
      'both are told of',
      { failed: 'lstm A (no)', leftOut: { ensemble: 'B (20 bars)' } },
      'degraded',
      ['the last training failed: lstm A (no)', 'left out of the ensemble: B (20 bars)'],
    ],
    [
      'jobs that wait for the infrastructure make it degraded',
      { postponed: 'DISK_FULL (2)' },
      'degraded',
      ['jobs wait, no attempt is counted, see "ml jobs --status queued": DISK_FULL (2)'],
    ],
  ] as const)('%s', (_, odd, status, problems) => {
    expect(fleetStatus(all, [], now, { trainings: { ...nothingOdd, ...odd } })).toMatchObject({
      status,
      problems,
    });
  });

  test('mends no role that is missing', () => {
    expect(fleetStatus(beats(), [], now, { trainings: { ...nothingOdd, failed: 'x' } }).status).toBe('down');
  });
});

test('what keeps a process from starting is told, also while others of its role run', () => {
  const obstacle = 'trainer can not start: wrong settings';
  const all = beats('scheduler', 'trainer', 'heartbeat', 'metrics');
  expect(fleetStatus(all, [], now, { obstacles: [obstacle] })).toMatchObject({
    status: 'degraded',
    problems: [obstacle],
  });
});

test('trainers that may be away are not missed, others are', () => {
  const others = beats('scheduler', 'heartbeat');
  expect(fleetStatus(others, [], now, { trainersMayBeAway: true })).toMatchObject({
    status: 'degraded',
    problems: ['no metrics is running'],
  });
});
