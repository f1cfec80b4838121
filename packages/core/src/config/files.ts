import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { isErrno } from '../errno.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Settings that may hold a secret: each may be in a file, which NAME_FILE then names. */
export const fileSettings = [
  'API_TOKEN',
  'AWS_ACCESS_KEY_ID',
  'AWS_SECRET_ACCESS_KEY',
  'AWS_SESSION_TOKEN',
  'DATABASE_URL',
  'POSTGRES_PASSWORD',
  'REDIS_PASSWORD',
  'REDIS_URL',
  'WEBHOOK_SECRET',
  'WEBHOOK_URL',
] as const;

export const fileNameOf = (setting: string): string => `${setting}_FILE`;
/** No secret is nearly as long; a file that was meant is not read into memory whole. */
const mostBytes = 65_536;

/** Whether a setting is given, by itself or by a file. */
export const isGiven = (environment: Environment, name: string): boolean =>
  Boolean(environment[name]?.trim() || environment[fileNameOf(name)]?.trim());

/** The variables that these settings are read from, of an environment. */
export const variablesOf = (environment: Environment, names: readonly string[]): Environment =>
  Object.fromEntries(
    names.flatMap((name) => [name, fileNameOf(name)]).map((name) => [name, environment[name]]),
  );

/**
 * The environment with the contents of the files that NAME_FILE variables name, as Docker and Kubernetes give secrets.
 * Line breaks at a file's end don't count. An empty variable counts as not set.
 * @returns `problems`: a line for each file that can't be used, with its variable, its path and what to do
 */
export function withFiles(environment: Environment): {
  readonly given: Environment;
  readonly problems: readonly string[];
} {
  const given = { ...environment };
  const problems: string[] = [];
  for (const name of fileSettings) {
    const variable = fileNameOf(name);
    const file = environment[variable]?.trim();
    if (!file) continue;
    if (environment[name]?.trim())
      problems.push(
        `${variable} is ${JSON.stringify(file)}, but must be left out where ${name} is set, or ${name} where it is`,
      );
    else {
      const content = contentOf(file);
      if (typeof content === 'string') given[name] = content;
      else
        problems.push(
          `${variable} is ${JSON.stringify(file)}, but must be the path of a file that holds the value alone: ${content.problem}`,
        );
    }
  }
  return { given, problems };
}

function contentOf(file: string): string | { readonly problem: string } {
  try {
    const facts = statSync(file);
    if (!facts.isFile()) return { problem: 'this is no file' };
    if (facts.size > mostBytes)
      return { problem: `this one has ${facts.size} bytes, more than ${mostBytes}` };
    const bytes = readFileSync(file);
    if (!isUtf8(bytes)) return { problem: 'this one is no UTF-8' };
    const text = bytes.toString('utf8').replace(/[\r\n]+$/, '');
    return text.trim() === '' ? { problem: 'this one is empty' } : text;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return { problem: 'there is none' };
    if (isErrno(error, 'EACCES')) return { problem: 'this user may not read it' };
    return { problem: String(error) };
  }
}
