// The words that jobs are searched by, as somebody types them: `status:failed symbol:GOOG`. Pure, so tests need no browser.
import { builtInTypes, isStrategyName } from '@ml-training/sdk';

/** As the API takes it. */
interface JobsFilter {
  readonly status?: readonly string[];
  readonly strategy_type?: readonly string[];
  readonly trigger?: readonly string[];
  readonly symbol?: string;
  readonly run_id?: string;
  readonly error_code?: string;
  readonly since?: string;
  readonly until?: string;
}

export interface Understood {
  readonly filter: JobsFilter;
  /** What can't be, in words; the filter is then without it. */
  readonly problems: readonly string[];
}

const statuses = ['queued', 'running', 'completed', 'failed', 'cancelled'];
const triggers = ['schedule', 'manual', 'tick'];
type Fixed = Readonly<Record<string, readonly string[]>>;
const fixedWords = (strategies: readonly string[] | null): Fixed => ({
  status: statuses,
  strategy: strategies ?? builtInTypes,
  trigger: triggers,
});

/** What can be filtered by, with an example each. */
const keys = ['status', 'strategy', 'symbol', 'trigger', 'error', 'run', 'since', 'until'] as const;
type Key = (typeof keys)[number];
const isKey = (word: string): word is Key => (keys as readonly string[]).includes(word);

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const unitMs: Readonly<Record<string, number>> = { min: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * A moment as 2026-11-26, 2026-11-26T14:00Z, or so long before now as 30min, 24h, 7d; null for what is
 * neither.
 */
function momentOf(text: string, now: number): string | null {
  const [, count, unit] = /^(\d{1,4})(min|h|d)$/.exec(text) ?? [];
  if (unit !== undefined) return new Date(now - Number(count) * unitMs[unit]!).toISOString();
  const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?(\.\d+)?Z?)?$/.test(text) ? Date.parse(text) : NaN;
  return Number.isNaN(time) ? null : new Date(time).toISOString();
}

/**
 * What somebody's words ask for; a word without a colon is what it can be, and a symbol else.
 * @param strategies those that there are; null while that isn't known: any may then be named
 */
export function understand(
  words: string,
  now: number,
  strategies: readonly string[] | null = null,
): Understood {
  const fixed = fixedWords(strategies);
  const found: Record<string, string[]> = {};
  const problems: string[] = [];
  for (const word of wordsOf(words)) {
    const { key, value } = takenApart(word, fixed);
    if (!isKey(key)) problems.push(`"${key}" is nothing to filter by: ${keys.join(', ')} are`);
    else if (value === '') problems.push(`${key}: of which? Type it after the colon`);
    else {
      const unsure = key === 'strategy' && strategies === null && isStrategyName(value);
      const problem = unsure ? null : problemOf(key, value, now, fixed);
      if (problem !== null) problems.push(problem);
      else if (fixed[key] === undefined && found[key] !== undefined)
        problems.push(`${key} came twice: ${value} is left out`);
      else found[key] = [...(found[key] ?? []), value];
    }
  }
  const one = (key: Key): string | undefined => found[key]?.[0];
  const moment = (key: Key): string | undefined => {
    const text = one(key);
    return text === undefined ? undefined : (momentOf(text, now) ?? undefined);
  };
  const filter = {
    status: found['status'],
    strategy_type: found['strategy'],
    trigger: found['trigger'],
    symbol: one('symbol'),
    run_id: one('run'),
    error_code: one('error')?.toUpperCase(),
    since: moment('since'),
    until: moment('until'),
  };
  // What isn't asked for has no place in the URL.
  return {
    filter: Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)),
    problems,
  };
}

/** Apart by blanks, save those in double quotes, as `symbol:"NIFTY 50"` has one. */
const wordsOf = (text: string): string[] =>
  (text.match(/(?:[^\s"]|"(?:[^"\\]|\\.)*"?)+/g) ?? [])
    .map((word) =>
      word.replace(/"((?:[^"\\]|\\.)*)"?/g, (_, quoted: string) => quoted.replace(/\\(.)/g, '$1')),
    )
    .filter((word) => word !== '');

/** A symbol as one word. */
const quotedWord = (symbol: string): string =>
  /[\s"]/.test(symbol) ? `"${symbol.replace(/["\\]/g, '\\$&')}"` : symbol;

function takenApart(word: string, fixed: Fixed): { key: string; value: string } {
  const colon = word.indexOf(':');
  const key = colon < 0 ? '' : word.slice(0, colon).toLowerCase();
  // BTC:USD is a symbol; what comes before the colon may be none of ours.
  if (isKey(key)) return { key, value: word.slice(colon + 1) };
  if (/^[a-z_-]+$/i.test(key) && !/^[A-Z]+:/.test(word)) return { key, value: word.slice(colon + 1) };
  const known = Object.entries(fixed).find(([, values]) => values.includes(word.toLowerCase()));
  if (known !== undefined) return { key: known[0], value: word.toLowerCase() };
  return { key: uuid.test(word) ? 'run' : 'symbol', value: word };
}

function problemOf(key: Key, value: string, now: number, fixed: Fixed): string | null {
  const values = fixed[key];
  if (values !== undefined)
    return values.includes(value) ? null : `no ${key} is called ${value}: ${values.join(', ')} are`;
  if (key === 'run') return uuid.test(value) ? null : `${value} is no run's id, which is a UUID`;
  if (key === 'error')
    return /^[A-Z_]{1,60}$/i.test(value) ? null : `${value} is no error code, such as TOO_FEW_BARS`;
  if (key === 'since' || key === 'until')
    return momentOf(value, now) === null
      ? `${value} is no time: 2026-11-26, 2026-11-26T14:00Z, 24h or 7d are`
      : null;
  return Array.from(value).length > 64 ? 'no symbol has more than 64 characters' : null;
}

/** What is known to choose from. */
export interface Choices {
  readonly symbols: readonly string[];
  readonly errors: readonly string[];
  /** Null while they are not known. */
  readonly strategies?: readonly string[] | null;
}

const maxWords = 8;
/** What is being typed: up to a blank, save one in quotes. */
const lastWord = /(?:[^\s"]|"(?:[^"\\]|\\.)*"?)*$/;

/** How the last of the words could go on, the whole word each. */
export function suggestions(words: string, { symbols, errors, strategies = null }: Choices): string[] {
  const fixed = fixedWords(strategies);
  const last = lastWord.exec(words)![0];
  const colon = last.indexOf(':');
  if (colon < 0) {
    const text = last.toLowerCase();
    return [
      ...keys.filter((key) => key.startsWith(text)).map((key) => `${key}:`),
      ...(text === ''
        ? []
        : Object.entries(fixed).flatMap(([key, values]) =>
            values.filter((value) => value.startsWith(text)).map((value) => `${key}:${value}`),
          )),
      ...(text === ''
        ? []
        : symbols
            .filter((symbol) => symbol.toLowerCase().startsWith(text))
            .map((symbol) => `symbol:${quotedWord(symbol)}`)),
    ].slice(0, maxWords);
  }
  const key = last.slice(0, colon).toLowerCase();
  const text = last
    .slice(colon + 1)
    .replace(/^"/, '')
    .toLowerCase();
  const values =
    fixed[key] ??
    { symbol: symbols, error: errors, since: ['1h', '24h', '7d', '30d'], until: ['1h', '24h', '7d'] }[key] ??
    [];
  return values
    .filter((value) => value.toLowerCase().startsWith(text) && value.toLowerCase() !== text)
    .map((value) => `${key}:${key === 'symbol' ? quotedWord(value) : value}`)
    .slice(0, maxWords);
}

/** The words with the last one in full, ready for the next. */
export const completed = (words: string, word: string): string =>
  words.replace(lastWord, () => word) + (word.endsWith(':') ? '' : ' ');
