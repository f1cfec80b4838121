import { describe, expect, test } from '@jest/globals';
import type { Beat, Role } from '@ml-training/core';
import { fleetStatus } from './status.ts';

const now = new Date('2024-01-01T12:00:30Z');
const beats = (...roles: Role[]): Beat[] => roles.map((role, i) => ({ role, instance: `i${i}`, age: 0 }));

describe('the fleet is', () => {
  test.each([
    ['healthy with one of each', beats('scheduler', 'trainer', 'heartbeat', 'metrics'), true, 'healthy', []],
    [
      'degraded without a scheduler',
      beats('trainer', 'heartbeat', 'metrics'),
      true,
      'degraded',
      ['no scheduler is running'],
    ],
    [
      'degraded without scheduler and metrics, both named',
      beats('trainer', 'heartbeat'),
      true,
      'degraded',
      ['no scheduler is running', 'no metrics is running'],
    ],
    [
      'down without a trainer',
      beats('scheduler', 'heartbeat', 'metrics'),
      true,
      'down',
      ['no trainer is running'],
    ],
    [
      'down without the database, whoever runs',
      beats('scheduler', 'trainer', 'heartbeat', 'metrics'),
      false,
      'down',
      ['PostgreSQL does not answer'],
    ],
    [
      'down when nobody runs',
      beats(),
      true,
      'down',
      [
        'no scheduler is running',
        'no trainer is running',
        'no heartbeat is running',
        'no metrics is running',
      ],
    ],
  ] as const)('%s', (_, who, databaseAnswers, status, problems) => {
    expect(fleetStatus(who, databaseAnswers, now)).toMatchObject({
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
    true,
    now,
  );
  expect(roles).toEqual({
    trainer: { instances: 3, last_beat: '2024-01-01T12:00:27.000Z' },
    scheduler: { instances: 0, last_beat: null },
    heartbeat: { instances: 0, last_beat: null },
    metrics: { instances: 0, last_beat: null },
  });
});
