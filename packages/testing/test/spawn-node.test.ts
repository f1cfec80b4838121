import { expect, test } from '@jest/globals';
import { isAlive } from '@ml-training/embedded';
import { spawnNode, until } from '../src/index.ts';

const fixture = (name: string): URL => new URL(`fixtures/${name}.ts`, import.meta.url);

test('captures the lines of a process, past and future, and how it ends', async () => {
  const child = spawnNode(fixture('talker'), { env: { SETTING: '1' }, args: ['a', 'b'] });
  await child.waitForLine(/^ready$/);
  expect(await child.waitForLine(/^arguments/)).toBe('arguments a b');
  expect(await child.waitForLine(/^environment/)).toBe('environment HOME NODE_COMPILE_CACHE PATH SETTING');
  expect(await child.waitForLine(/^ready$/)).toBe('ready');
  child.kill();
  expect(await child.exited).toEqual({ code: 0, signal: null });
  expect(child.lines.at(-1)).toBe('stopping');
});

test('says why a line did not come', async () => {
  const child = spawnNode(fixture('talker'));
  await child.waitForLine(/^environment/);
  await expect(child.waitForLine(/^done/, 10)).rejects.toThrow(
    /talker\.ts ran 10 ms, without a line like \/\^done\/.*ready/s,
  );
  const waiting = expect(child.waitForLine(/^done/)).rejects.toThrow(/talker\.ts ended with SIGKILL/);
  child.kill('SIGKILL');
  await waiting;
  expect(await child.exited).toEqual({ code: null, signal: 'SIGKILL' });
});

test('a child ends with its parent, even one killed by SIGKILL', async () => {
  const parent = spawnNode(fixture('parent'));
  const pid = Number((await parent.waitForLine(/^child/)).slice('child '.length));
  expect(isAlive(pid)).toBe(true);
  parent.kill('SIGKILL');
  await until(() => !isAlive(pid), { what: 'the child to end' });
});
