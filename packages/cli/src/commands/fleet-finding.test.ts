import { expect, test } from '@jest/globals';
import { fleetFinding } from './fleet-finding.ts';

const now = new Date('2024-01-01T12:00:00Z');
const beat = (status: string, problems: readonly string[], timestamp = '2024-01-01T11:59:40Z'): string =>
  JSON.stringify({ status, timestamp, problems, roles: { trainer: { instances: 3, last_beat: null } } });

test.each([
  ['nobody writes it', null, false, /^no heartbeat/, /docker compose ps -a/],
  ['healthy', beat('healthy', []), true, /^healthy: 3 trainer$/, /^$/],
  [
    'degraded',
    beat('degraded', ['no metrics is running']),
    false,
    /^degraded: no metrics is running$/,
    /logs ROLE/,
  ],
  ['down', beat('down', ['a', 'b']), false, /^down: a; b$/, /logs ROLE/],
  [
    'healthy, but long ago',
    beat('healthy', [], '2024-01-01T11:58:40Z'),
    false,
    /^the last heartbeat is 80 s old/,
    /heartbeat service/,
  ],
])('the heartbeat: %s', (_, text, ok, detail, advice) => {
  expect(fleetFinding(text, now)).toMatchObject({
    ok,
    detail: expect.stringMatching(detail),
    advice: expect.stringMatching(advice),
  });
});
