// What the user's code finds in its thread. It is trusted code all the same: this keeps slips and shortcuts
// out of trainings that are to be repeatable, and is no wall against somebody who wants to get past it.
import { Console } from 'node:console';
import { registerHooks } from 'node:module';
import { Writable } from 'node:stream';
import type { WorkerSetup } from './messages.ts';

/** Built-in modules that compute and touch nothing. */
export const allowedModules = ['assert', 'buffer', 'events', 'path', 'string_decoder', 'url', 'util'];
const allowed = new Set(allowedModules);

const refused: Readonly<Record<string, string>> = {
  fetch: 'open connections (fetch)',
  WebSocket: 'open connections (WebSocket)',
  EventSource: 'open connections (EventSource)',
  BroadcastChannel: 'talk to other threads (BroadcastChannel)',
  localStorage: 'keep anything between calls (localStorage)',
  sessionStorage: 'keep anything between calls (sessionStorage)',
};
const harmless = new Set<string | symbol>(['version', 'versions', 'platform', 'arch', 'nextTick', 'hrtime']);

const refusal = (what: string, instead: string): Error => new Error(`a strategy may not ${what}: ${instead}`);
const barsOnly = 'its features are of the bars that it is given';

/** Takes from this thread's globals what a strategy may not use. */
export function lockDownGlobals(log: (line: string) => void): void {
  for (const [name, what] of Object.entries(refused))
    Object.defineProperty(globalThis, name, {
      configurable: false,
      get: () => {
        throw refusal(what, barsOnly);
      },
    });
  // Node's own modules have their own reference to it.
  const real = process;
  const shown = new Proxy(Object.create(null) as object, {
    get: (_, name) => {
      if (harmless.has(name)) return Reflect.get(real, name) as unknown;
      if (typeof name === 'symbol') return undefined;
      if (name === 'env')
        throw refusal('read the environment (process.env)', 'declare in params what jobs may set');
      throw refusal(`use process.${name}`, barsOnly);
    },
  });
  Object.defineProperty(globalThis, 'process', { configurable: false, value: shown });
  Math.random = () => {
    throw refusal('use Math.random', 'a training must be repeatable; a learner has context.random()');
  };
  const lines = new Writable({
    decodeStrings: false,
    write: (text: string, _, done) => {
      log(text.trimEnd());
      done();
    },
  });
  globalThis.console = new Console({ stdout: lines, stderr: lines, colorMode: false });
}

/** From now on, modules come from the strategy's folder as it was read, and from nowhere else. */
export function lockDownImports({ base, shown, files }: WorkerSetup['code']): void {
  registerHooks({
    resolve: (specifier, { parentURL }) => {
      const bare = specifier.replace(/^node:/, '');
      if (allowed.has(bare)) return { url: `node:${bare}`, format: 'builtin', shortCircuit: true };
      const isPath = /^(\.{0,2}\/|file:)/.test(specifier);
      const problem = isPath ? null : problemWith(specifier);
      const at = placeOfImport(specifier, parentURL);
      if (problem !== null) throw new ImportError(problem, at);
      const { href } = new URL(specifier, parentURL?.startsWith(base) === true ? parentURL : base);
      if (!Object.hasOwn(files, href)) throw new ImportError(missing(specifier), at);
      const format = formatOf(href);
      if (format === null)
        throw new ImportError(`imports ${specifier}: a strategy may import .ts, .js and .json files`, at);
      return { url: href, format, shortCircuit: true };
    },
    load: (url, context, next) =>
      Object.hasOwn(files, url)
        ? { source: files[url]!, format: formatOf(url)!, shortCircuit: true }
        : next(url, context),
  });

  const missing = (specifier: string): string => {
    const has = Object.keys(files).map((url) => decodeURIComponent(url.slice(base.length)));
    return (
      `imports ${specifier}, which is no file of its folder: a strategy may import what lies there ` +
      `(${has.join(', ')}), ` +
      'by a path with the ending, and nothing from outside'
    );
  };

  /** Node's own errors of importing don't say in which line. */
  function placeOfImport(specifier: string, parentUrl: string | undefined): string {
    const source = parentUrl === undefined || !Object.hasOwn(files, parentUrl) ? undefined : files[parentUrl];
    if (source === undefined) return `${shown}strategy.ts`;
    const lines = new TextDecoder().decode(source).split('\n');
    const line = lines.findIndex(
      (text) => text.includes(`'${specifier}'`) || text.includes(`"${specifier}"`),
    );
    return `${shown}${decodeURIComponent(parentUrl!.slice(base.length))}${line === -1 ? '' : `:${line + 1}`}`;
  }
}

/** An import that is refused, and where it stands. */
export class ImportError extends Error {
  readonly at: string;

  constructor(message: string, at: string) {
    super(message);
    this.at = at;
  }
}

function problemWith(specifier: string): string {
  if (specifier === '@ml-training/sdk')
    return (
      'imports values of @ml-training/sdk, which gives types alone: write "import type { … } from ' +
      "'@ml-training/sdk'\""
    );
  return (
    `imports ${specifier}: a strategy may not, it may import files of its own folder and ` +
    `${allowedModules.join(', ')}; ` +
    'indicators are in ta, which features is given'
  );
}

function formatOf(url: string): 'module-typescript' | 'module' | 'json' | null {
  if (/\.m?ts$/.test(url)) return 'module-typescript';
  if (/\.m?js$/.test(url)) return 'module';
  return url.endsWith('.json') ? 'json' : null;
}
