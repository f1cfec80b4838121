// The receivers of docs/webhooks.md, as printed there, with what the scheduler really posts.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, describe, expect, test } from '@jest/globals';
import { webhookHeaders } from '@ml-training/core';
import { spawnNode, until } from '@ml-training/testing';
import { post } from '../src/post.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/webhooks.md'), 'utf8');
const folder = await mkdtemp(path.join(tmpdir(), 'webhooks-docs-'));
afterAll(() => rm(folder, { recursive: true }));

const code = (language: string): string =>
  new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(page)?.[1] ?? '';
const body = JSON.stringify({
  type: 'job.failed',
  timestamp: '2026-11-26T12:00:00.123Z',
  data: { strategy_type: 'lstm', symbol: 'GÖÖG', error_message: 'it failed' },
});
const secrets = ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', 'a text as a secret, of 30 bytes'];
const hasPython = spawnSync('python3', ['--version']).status === 0;

interface Running {
  readonly lines: readonly string[];
  kill(): void;
}

async function startNode(secret: string): Promise<Running> {
  const file = path.join(folder, 'receiver.mjs');
  await writeFile(file, code('js'));
  const child = spawnNode(file, { env: { WEBHOOK_SECRET: secret, PORT: '0' } });
  return { lines: child.lines, kill: () => child.kill('SIGKILL') };
}

async function startPython(secret: string): Promise<Running> {
  const file = path.join(folder, 'receiver.py');
  await writeFile(file, code('python'));
  // -I: nothing but the standard library can be imported. BaseHTTPRequestHandler logs each request on
  // standard error.
  const child = spawn('python3', ['-I', file], {
    env: { PATH: process.env['PATH'], WEBHOOK_SECRET: secret, PORT: '0', PYTHONUTF8: '1' },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { lines, kill: () => void child.kill('SIGKILL') };
}

const withPython = hasPython ? describe : describe.skip;

describe('in Node', () => asPrinted(startNode));
withPython(`in Python${hasPython ? '' : ' (there is no python3)'}`, () => asPrinted(startPython));

function asPrinted(start: (secret: string) => Promise<Running>): void {
  test.each(secrets)('takes what is signed with %s, once, and nothing else', async (secret) => {
    const receiver = await start(secret);
    try {
      const listening = await until(() => /^listening on (\d+)$/.exec(receiver.lines[0] ?? ''), {
        what: 'the receiver',
      });
      const url = `http://127.0.0.1:${listening[1]}/`;
      const signedBy = (by: string, id: string) =>
        post({ url, secret: by, timeoutMs: 600_000, secrets: [] }, id, body, new AbortController().signal);
      const raw = async (headers: Record<string, string>, text = body): Promise<number> =>
        (await fetch(url, { method: 'POST', body: text, headers: { connection: 'close', ...headers } }))
          .status;
      const signed = (at = new Date()) => webhookHeaders(secret, 'id-4', at, body);

      expect(await signedBy(secret, 'id-1')).toEqual({ kind: 'delivered' });
      expect(await signedBy(secret, 'id-1')).toEqual({ kind: 'delivered' });
      expect(
        await signedBy(
          secrets.find((one) => one !== secret)!,
          'id-2',
        ),
      ).toMatchObject({ kind: 'failed' });
      expect(await raw({})).toBe(401);
      expect(await raw(signed(), body.replace('lstm', 'rl'))).toBe(401);
      expect(await raw({ ...signed(), 'webhook-id': 'id-5' })).toBe(401);
      expect(await raw({ ...signed(), 'webhook-signature': 'v1,' })).toBe(401);
      expect(await raw({ ...signed(), 'webhook-timestamp': 'now' })).toBe(401);
      for (const off of [-600_000, 600_000]) expect(await raw(signed(new Date(Date.now() + off)))).toBe(401);
      // One of several signatures, as while a secret is replaced.
      const { 'webhook-signature': signature = '', ...others } = signed();
      expect(await raw({ ...others, 'webhook-signature': `v1,${'A'.repeat(43)}= v1a,x ${signature}` })).toBe(
        204,
      );
      await until(() => receiver.lines.length >= 3, { what: 'both events' });
      expect(receiver.lines.slice(1)).toEqual(Array(2).fill('job.failed lstm GÖÖG it failed'));
    } finally {
      receiver.kill();
    }
  });
}
