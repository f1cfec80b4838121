import { expect, test } from '@jest/globals';
import { errorFacts } from '../log.ts';
import { redactText, redactUrl, secretsOf } from './redact.ts';

test.each([
  ['postgres://u:hunter2@db:5432/x', 'postgres://u:***@db:5432/x'],
  ['postgres://u@db/x?sslmode=require', 'postgres://u@db/x?sslmode=require'],
  ['postgres://db/x?user=u&password=hunter2', 'postgres://db/x?user=u&password=***'],
  ['postgres://db/x?sslpassword=hunter2&sslkey=hunter2', 'postgres://db/x?sslpassword=***&sslkey=***'],
  ['redis://:hunter2@r:6379/0', 'redis://:***@r:6379/0'],
  ['redis://hunter2@r:6379', 'redis://***@r:6379'],
  ['redis://r:6379?password=hunter2&db=3', 'redis://r:6379?password=***&db=3'],
  ['postgres://u:p@ss/hunter2#rd:1@db/x', 'postgres://***'],
  ['postgres://u:1/hunter2@db/x', 'postgres://***'],
  ['postgres://u:hunter2/x@db/x', '(not a URL)'],
  ['hunter2', '(not a URL)'],
  [
    'https://hooks.example/services/T00000000A/B00000000A/hunter2hunter2hunter2',
    /^https:\/\/hooks\.example\/services\/[^]*\/\*\*\*$/,
  ],
  ['https://discord.example/api/webhooks/123456789012345678/hunter2_hunter2-hunter2', /\/\*\*\*$/],
  ['https://u:hunter2@h/x?token=hunter2', 'https://u:***@h/x?token=***'],
])('%s is shown without its secret', (url, shown) => {
  expect(redactUrl(url)).toEqual(typeof shown === 'string' ? shown : expect.stringMatching(shown));
  expect(redactUrl(url)).not.toMatch(/hunter2/);
});

test.each([
  ['can not connect to "postgres://u:hunter2@db/x".', 'can not connect to "postgres://u:***@db/x".'],
  ['(redis://:hunter2@r:6379): closed', '(redis://:***@r:6379): closed'],
  ['postgres://u:p@hunter2/w#hunter2:1@db/x is no host', 'postgres://*** is no host'],
  ['host=db password=hunter2 user=u', 'host=db password=*** user=u'],
  ["sslpassword='hunter2 hunter2'", 'sslpassword=***'],
  ['PGPASSWORD=hunter2; REDIS_PASSWORD=hunter2', 'PGPASSWORD=***; REDIS_PASSWORD=***'],
  ['wrong password: write another', 'wrong password: write another'],
  ['at file:///app/packages/core/src/log.ts:3:1', 'at file:///app/packages/core/src/log.ts:3:1'],
])('%s', (text, shown) => {
  expect(redactText(text)).toBe(shown);
});

test('what is logged of an error has no password in message, cause or stack', () => {
  const cause = new Error('postgres://u:hunter2@db/x');
  const facts = errorFacts(new Error('redis://:hunter2@r can not be reached', { cause }));
  expect(facts.error).toBe('redis://:***@r can not be reached: postgres://u:***@db/x');
  expect(JSON.stringify(facts)).not.toMatch(/hunter2/);
});

const url = 'postgres://fleet:p%40ss%2Fw0rd@db:5432/tradebot';
const secrets = secretsOf([url, 'redis://cache:6379?password=quiet-one'], ['token-of-mine']);
test.each([
  `can't reach ${url}`,
  'auth failed with p@ss/w0rd for fleet',
  'auth failed with p%40ss%2Fw0rd',
  '{ password: "p@ss/w0rd", host: "db" }',
  'redis://cache:6379?password=quiet-one',
  'AUTH quiet-one failed',
  'Bearer token-of-mine',
  'postgres://other:elsewhere-w0rd@db2/x',
  'PGPASSWORD=elsewhere-w0rd psql',
])('no password is seen in %j', (text) => {
  expect(redactText(text, secrets)).not.toMatch(/w0rd|quiet-one|token-of-mine/);
});

test('what is no secret stays, compose’s default password too', () => {
  const text = 'password authentication failed for user "postgres" at postgres:5432';
  expect(redactText(text, [...secrets, ...secretsOf(['postgres://postgres:postgres@db/x'], [])])).toBe(text);
});
