import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { configSchema, environmentOf, fileSettings, loadConfig, loadPlaces, secretsIn } from './index.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(folder, { recursive: true }));

const inFolder = (name: string): string => path.join(folder, name);
function fileOf(content: string | Uint8Array, name = 'secret'): string {
  writeFileSync(inFolder(name), content);
  return inFolder(name);
}

describe('a setting that may hold a secret is read from the file that NAME_FILE names', () => {
  test.each(fileSettings)('%s', (name) => {
    // What each of them takes: a URL of its scheme, a secret of 24 bytes.
    const value = name.endsWith('URL')
      ? {
          DATABASE_URL: 'postgres://u:p@db/d',
          REDIS_URL: 'redis://:p@r:1',
          WEBHOOK_URL: 'https://a.example/x',
        }[name as 'DATABASE_URL']
      : 'a secret of 24 bytes, or more';
    const besides = name === 'WEBHOOK_URL' ? { WEBHOOK_SECRET: 'a text of 24 characters.' } : {};
    const config = loadConfig({ [`${name}_FILE`]: fileOf(`${value}\n`), ...besides });
    expect(config[name]).toBe(value);
    expect(config).toEqual(loadConfig({ [name]: value, ...besides }));
  });

  test.each(['ends\n', 'ends\r\n', 'ends', 'ends\n\n'])(
    'line breaks at its end don’t count: %j',
    (content) => {
      expect(loadConfig({ REDIS_PASSWORD_FILE: fileOf(content) }).REDIS_PASSWORD).toBe('ends');
    },
  );

  test('anything else in it does, and it may be a link, as Kubernetes has them', () => {
    const password = ' a\nb "#$%@:/ ключ🔑 ';
    symlinkSync(fileOf(`${password}\n`), inFolder('link'));
    expect(loadConfig({ POSTGRES_PASSWORD_FILE: inFolder('link') }).POSTGRES_PASSWORD).toBe(password);
  });

  test('empty variables count as not set, of both names', () => {
    expect(loadConfig({ API_TOKEN_FILE: '', API_TOKEN: 'token' }).API_TOKEN).toBe('token');
    expect(loadConfig({ API_TOKEN_FILE: fileOf('token'), API_TOKEN: '' }).API_TOKEN).toBe('token');
  });

  test('what is in it is known as a secret, and checked as the variable is', () => {
    expect(secretsIn(loadConfig({ API_TOKEN_FILE: fileOf('hunter2') }))).toEqual(['hunter2']);
    const wrong = { WEBHOOK_SECRET_FILE: fileOf('hunter2') };
    expect(() => loadConfig(wrong)).toThrow(/^(?!.*hunter2)WEBHOOK_SECRET is \(hidden\), but must be /);
  });

  test('a child process is given the value, and reads no file', () => {
    const file = fileOf('hunter2');
    const config = loadConfig({ POSTGRES_PASSWORD_FILE: file, API_TOKEN_FILE: file });
    expect(
      loadConfig({ POSTGRES_PASSWORD_FILE: file, API_TOKEN_FILE: file, ...environmentOf(config) }),
    ).toEqual(config);
  });

  test('bots know them too, and a server that a bot names wins over a file', () => {
    const environment = {
      POSTGRES_PASSWORD_FILE: fileOf('hunter2', 'postgres'),
      REDIS_URL_FILE: fileOf('redis://:p@r:1', 'redis'),
    };
    expect(loadPlaces({}, environment)).toMatchObject({
      DATABASE_URL: 'postgres://postgres:hunter2@timescaledb:5432/tradebot',
      REDIS_URL: 'redis://:p@r:1',
    });
    expect(loadPlaces({ REDIS_URL: 'redis://mine' }, environment).REDIS_URL).toBe('redis://mine');
  });
});

describe('a file that is of no use is a wrong setting, with its path and why', () => {
  const what = 'but must be the path of a file that holds the value alone';

  test.each([
    ['a path of nothing', () => inFolder('nothing'), 'there is none'],
    ['a folder', () => folder, 'this is no file'],
    ['an empty file', () => fileOf('\n'), 'this one is empty'],
    ['a file of another kind', () => fileOf(Uint8Array.of(0xff, 0xfe, 0)), 'this one is no UTF-8'],
    ['a long one', () => fileOf('x'.repeat(70_000)), 'this one has 70000 bytes, more than 65536'],
  ])('%s', (_, make, why) => {
    const file = make();
    expect(() => loadConfig({ REDIS_PASSWORD_FILE: file })).toThrow(
      `REDIS_PASSWORD_FILE is ${JSON.stringify(file)}, ${what}: ${why}`,
    );
  });

  test('a setting that is given both ways', () => {
    expect(() => loadConfig({ API_TOKEN: 'hunter2', API_TOKEN_FILE: '/run/secrets/token' })).toThrow(
      /^(?!.*hunter2)API_TOKEN_FILE is "\/run\/secrets\/token", but must be left out where API_TOKEN is set/,
    );
  });
});

test('every setting that is never shown may be in a file', () => {
  const secret = Object.keys(configSchema).filter((name) => /PASSWORD|SECRET|TOKEN/.test(name));
  expect(fileSettings).toEqual(expect.arrayContaining(secret));
});
