import { builtInTypes, isStrategyName, type BySymbol, type StrategyType } from '@ml-training/sdk';
import { makeValidator } from 'envalid';
import { calendarNames, parseEdges } from '../calendar/calendar.ts';
import { locationOf } from '../models/s3/location.ts';
import { cronProblem } from '../schedule/cron-fields.ts';
import { nextTick } from '../schedule/ticks.ts';
import { isHost, unclear } from './server-url.ts';
import { webhookKey } from '../webhooks/sign.ts';

/** A whole number within bounds; envalid's own num() takes "1e3", "3.5" and "". */
export const wholeNumber = (min: number, max: number) =>
  makeValidator((input) => {
    const value = Number(input);
    if (!/^\d+$/.test(input.trim()) || value < min || value > max)
      throw new Error(`a whole number from ${min} to ${max}`);
    return value;
  });

/** Seconds of `90s`, `45m`, `36h` or `7d`, or as a number of them; 0 for `off`. */
export const duration = makeValidator((input) => {
  const text = input.trim().toLowerCase();
  if (text === 'off') return 0;
  const [, count, unit = 's'] = /^(\d{1,9}(?:\.\d+)?)\s*([smhd])?$/.exec(text) ?? [];
  const seconds = Number(count) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit as 's' | 'm' | 'h' | 'd'];
  if (!Number.isFinite(seconds)) throw new Error('a duration such as 90s, 45m, 36h or 7d, or off');
  return seconds;
});

/** One of `choices`, in any case. */
export const oneOf = <T extends string>(choices: readonly T[]) =>
  makeValidator((input) => {
    const found = choices.find((choice) => choice.toLowerCase() === input.trim().toLowerCase());
    if (found === undefined) throw new Error(`one of ${choices.join(', ')}`);
    return found;
  });

/** `true` or `false` and nothing else, so that a typing error is noticed. */
export const flag = makeValidator((input) => {
  const word = input.trim().toLowerCase();
  if (word !== 'true' && word !== 'false') throw new Error('true or false');
  return word === 'true';
});

export const cronSchedule = makeValidator((input) => {
  const cron = input.trim();
  const allowed =
    'a cron schedule of five fields (minute, hour, day of the month, month, weekday), such as 0 ' +
    '2,14,22 * * *';
  const problem = cronProblem(cron);
  if (problem !== null) throw new Error(`${allowed}: ${problem}`);
  let next: Date | null;
  try {
    next = nextTick({ cron, timezone: 'UTC' }, new Date());
  } catch (error) {
    throw new Error(allowed, { cause: error });
  }
  if (next === null) throw new Error(`${allowed}; this one never fires`);
  return cron;
});

/** `NYSE:open-30m`, or several; empty for none. */
export const calendarEvents = makeValidator((input) => {
  const text = input.replaceAll(/\s+/g, '');
  const parsed = parseEdges(text);
  if (typeof parsed === 'string')
    throw new Error(
      `events of ${calendarNames.join(' or ')}, such as NYSE:open-30m or NYSE:open-1h,NYSE:close+15m, up to 12 ` +
        `hours away: ${parsed}. Of another exchange: TRAINING_CRON_SCHEDULE and TRAINING_TIMEZONE`,
    );
  return text;
});

export const timeZone = makeValidator((input) => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: input.trim() }).resolvedOptions().timeZone;
  } catch (error) {
    throw new Error('an IANA time zone, such as UTC or America/New_York', { cause: error });
  }
});

/**
 * Comma-separated names of strategies, without repeats, the built-ins first; empty means all. Whether there is
 * one of each name is known where the database is.
 */
export const strategyList = makeValidator((input): readonly StrategyType[] => {
  const names = [...new Set(words(input))];
  if (!names.every(isStrategyName))
    throw new Error(
      `a comma-separated list of ${builtInTypes.join(', ')} and folders of STRATEGIES_DIR, or nothing for all`,
    );
  const builtIn: readonly string[] = builtInTypes;
  return [
    ...builtIn.filter((type) => names.includes(type)),
    ...names.filter((name) => !builtIn.includes(name)),
  ];
});

/** Comma-separated `STRATEGY=NUMBER`, each once, or as JSON. */
export const weights = makeValidator((input): Readonly<Record<string, number>> => {
  const entries = jsonNumbers(input) ?? words(input).map(nameAndNumber);
  const names = entries.map(([name]) => name);
  const doubled = names.find((name, i) => names.indexOf(name) < i);
  const fits = entries.every(([name, value]) => isStrategyName(name) && value > 0 && value < 1e6);
  if (!fits || doubled !== undefined)
    throw new Error(
      'a comma-separated list such as ensemble=3,lstm=0.5, or JSON such as {"ensemble": 3}: a strategy and a number ' +
        `above 0 and below 1,000,000 each${doubled === undefined ? '' : `; it has ${doubled} twice`}`,
    );
  return Object.fromEntries(entries);
});

function nameAndNumber(entry: string): [string, number] {
  const [, name = '', value = ''] = /^([^=\s]+)\s*=\s*(\d+(?:\.\d+)?)$/.exec(entry) ?? [];
  return [name, value === '' ? NaN : Number(value)];
}

/** Null where it is no JSON object. */
function jsonNumbers(input: string): [string, number][] | null {
  let parsed: unknown;
  try {
    parsed = JSON.parse(input);
  } catch {
    return null;
  }
  if (!isRecord(parsed)) return null;
  return Object.entries(parsed).map(([name, value]) => [name, typeof value === 'number' ? value : NaN]);
}

/**
 * Comma-separated symbols, or a JSON list of them, in which a symbol may have a comma; empty means all. A symbol
 * that begins with [ is one all the same where the whole is no JSON.
 */
export const symbolList = (isSymbol: (name: string) => boolean) =>
  makeValidator((input): readonly string[] => {
    const symbols = [...new Set(jsonList(input) ?? words(input))];
    for (const symbol of symbols)
      if (!isSymbol(symbol))
        throw new Error(
          'comma-separated symbols such as AAPL,BTC/USD,NIFTY 50, or a JSON list such as ["BRK,B", "AAPL"], or ' +
            `nothing for all: ${JSON.stringify(symbol.slice(0, 80))} is no symbol`,
        );
    return symbols;
  });

/** A table or view, with its schema or without; a part that is no plain name in double quotes. */
export const tableName = makeValidator((input) => {
  const name = input.trim();
  const part = '(?:[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*|"(?:[^"\\0]|"")+")';
  if (!new RegExp(`^${part}(?:\\.${part})?$`).test(name))
    throw new Error('a table or view, such as candles, bot.candles or bot."Candles 1h"');
  return name;
});

/** Comma-separated `NAME=COLUMN`, each name once; the time may say its unit, as `time=open_time:ms`. */
export const columnNames = makeValidator((input): readonly string[] => {
  const entries = input
    .split(',')
    .map((entry) => entry.trim().replace(/\s*=\s*/, '='))
    .filter((entry) => entry !== '');
  const names = entries.map((entry) => /^([a-z][a-z0-9_]{0,62})=[^=]+$/.exec(entry)?.[1]);
  const doubled = names.find((name, i) => name !== undefined && names.indexOf(name) < i);
  if (names.includes(undefined) || doubled !== undefined)
    throw new Error(
      'a comma-separated list such as time=ts,symbol=ticker,close=px_last: NAME=COLUMN, where NAME is time, ' +
        'symbol, open, high, low, close, volume or what a strategy calls a further column' +
        (doubled === undefined ? '' : `; it has ${doubled} twice`),
    );
  return entries;
});

/** Settings by strategy, as JSON: `{"all": {"cost_bps": 2}, "lstm": {"weights": "float16"}}`. */
export const strategySettings = makeValidator((input): StrategySettings => {
  const allowed =
    'JSON such as {"all": {"cost_bps": 2}, "lstm": {"weights": "float16"}}: numbers, words, true, ' +
    `false, lists of words or numbers by symbol, by name, under all, ${builtInTypes.join(', ')} or a folder of STRATEGIES_DIR`;
  let parsed: unknown;
  try {
    parsed = JSON.parse(input);
  } catch (error) {
    throw new Error(allowed, { cause: error });
  }
  const fits =
    isRecord(parsed) &&
    Object.entries(parsed).every(
      ([name, settings]) =>
        (name === 'all' || isStrategyName(name)) &&
        isRecord(settings) &&
        Object.values(settings).every(isSetting),
    );
  if (!fits) throw new Error(allowed);
  return parsed as StrategySettings; // Checked just above.
});

type Settings = Readonly<Record<string, number | string | boolean | readonly string[] | BySymbol>>;
/** By strategy, or under `all`, which no strategy is called. */
type StrategySettings = Readonly<Partial<Record<string, Settings>>>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isSetting = (value: unknown): boolean =>
  ['number', 'string', 'boolean'].includes(typeof value) ||
  (Array.isArray(value) && value.every((one) => typeof one === 'string')) ||
  (isRecord(value) && Object.values(value).every((one) => typeof one === 'number'));

/**
 * A server's URL. `problemOf` says what is wrong with one, in words that show nothing of it; null where nothing
 * is. `apart` names the variables that take it in parts.
 */
export const serverUrl = (
  example: string,
  schemes: readonly string[],
  apart: string,
  problemOf: (url: string) => string | null,
) =>
  makeValidator((input) => {
    const url = input.trim();
    const scheme = /^([a-z][a-z\d+.-]*):/i.exec(url)?.[1]?.toLowerCase() ?? '';
    const problem = schemes.includes(scheme) ? problemOf(url) : '';
    if (problem !== null)
      throw new Error(
        `a URL such as ${example}${problem === '' ? '' : `: ${problem}`}. In a password @ / # ? : ` +
          '% are written ' +
          `%40 %2F %23 %3F %3A %25; or leave it out and set ${apart}, which take any characters`,
      );
    return url;
  });

/** An http or https URL to post to, credentials and query allowed. */
export const webUrl = makeValidator((input) => {
  const url = URL.parse(input.trim());
  const problem = url === null ? null : unclear(url);
  if (url === null || problem !== null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(
      'an http or https URL such as ' +
        `https://alerts.example/ml${problem === null ? '' : `: ${problem}`}. In user, password, path ` +
        'and ' +
        'query @ # % are written %40 %23 %25',
    );
  return url.href;
});

/** A bucket, and where in it. */
export const objectStore = makeValidator((input) => {
  if (locationOf(input.trim()) === null)
    throw new Error(
      's3://bucket or s3://bucket/prefix: a bucket is 3 to 63 of a-z 0-9 . -, parts of a prefix have A-Z a-z 0-9 . _ = - only',
    );
  return input.trim();
});

/** An http or https URL of a server. */
export const httpUrl = makeValidator((input) => {
  const url = URL.parse(input.trim());
  if (
    url === null ||
    !['http:', 'https:'].includes(url.protocol) ||
    url.username !== '' ||
    url.password !== ''
  )
    throw new Error('an http or https URL without a user, such as http://minio:9000');
  return input.trim();
});

/** What a webhook is signed with; see webhooks/sign.ts. */
export const webhookSecret = makeValidator((input) => {
  if (webhookKey(input.trim()) === null)
    throw new Error(
      'whsec_ and the base64 of 24 to 64 bytes, or a text of 24 bytes or more. Make one: echo ' +
        '"whsec_$(openssl rand -base64 32)"',
    );
  return input.trim();
});

export const host = makeValidator((input) => {
  if (!isHost(input.trim()))
    throw new Error('a host such as db.example or 10.0.0.7, or with its port, db.example:5432');
  return input.trim();
});

/** Any characters, blanks at its ends included. */
export const verbatim = makeValidator((input) => input);

export const folder = makeValidator((input) => {
  if (input.trim() === '' || input.includes('\0')) throw new Error('the path of a folder');
  return input.trim();
});

export const text = makeValidator((input) => input.trim());

function jsonList(input: string): string[] | null {
  if (!input.trim().startsWith('[')) return null;
  try {
    const list: unknown = JSON.parse(input);
    return Array.isArray(list) && list.every((one) => typeof one === 'string') ? list : null;
  } catch {
    return null;
  }
}

const words = (input: string): string[] =>
  input
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
