import { readFileSync } from 'node:fs';
import path from 'node:path';
import { withDeadline } from '../deadline.ts';
import type { Redis } from './connect.ts';

const replyMs = 5000;

/**
 * A Lua script out of `folder`/scripts as a function; its head says what keys and arguments it takes and
 * answers.
 * @param shared the script there whose functions it uses
 */
export function redisScript<Reply>(folder: string, name: string, shared?: string) {
  const source = [shared, name]
    .flatMap((part) => part ?? [])
    .map((part) => readFileSync(path.join(folder, 'scripts', `${part}.lua`), 'utf8'))
    .join('');
  return (
    redis: Redis,
    keyList: readonly string[],
    ...args: readonly (string | number | Buffer)[]
  ): Promise<Reply> =>
    // Redis is not typed: the script's head is what vouches for the reply.
    withDeadline(
      redis.eval(source, keyList.length, ...keyList, ...args) as Promise<Reply>,
      replyMs,
      `${name} on Redis`,
    );
}

/** A command's reply, waited for with a deadline. */
export const reply = <T>(work: Promise<T>, what: string): Promise<T> =>
  withDeadline(work, replyMs, `${what} on Redis`);
