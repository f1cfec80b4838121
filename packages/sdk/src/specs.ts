import { currentName } from './aliases.ts';

/** One setting: its default and what is allowed. Only those with `tune` are searched by "ml tune". */
export type ParamSpec =
  | (NumberSpec & { readonly kind: 'number' })
  | (NumberSpec & { readonly kind: 'integer' })
  | { readonly kind: 'boolean'; readonly default: boolean; readonly tune?: TuneChoices<boolean> }
  | {
      readonly kind: 'choice';
      readonly default: string;
      readonly choices: readonly string[];
      readonly tune?: TuneChoices<string>;
    }
  | BySymbolSpec
  | NamesSpec;

interface NumberSpec {
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly tune?: TuneRange | TuneChoices<number>;
}

/** What a search looks for a better value in, both ends included; narrower than what is allowed. */
export interface TuneRange {
  readonly low: number;
  readonly high: number;
  /** Each factor is as likely as another, as for a rate or a penalty. `low` is above 0 then. */
  readonly log?: boolean;
}

/** The values that a search picks from. */
interface TuneChoices<Value> {
  readonly choices: readonly Value[];
}

/** A number for every symbol, or one for each that is named; see `BySymbol`. */
interface BySymbolSpec {
  readonly kind: 'by_symbol';
  readonly default: BySymbol;
  readonly min: number;
  readonly max: number;
  /** Not searched: a cost is what it is. */
  readonly tune?: never;
}

/**
 * One number for all symbols, or numbers by symbol, `*` for all that aren't named; what is missing is the
 * setting's default. Symbols that a training has nothing to do with may be named: one setting serves all
 * of its jobs.
 */
export type BySymbol = number | Readonly<Record<string, number>>;

/** A set of names out of a catalogue, at least one; the order in which they are given doesn't matter. */
interface NamesSpec {
  readonly kind: 'names';
  readonly default: readonly string[];
  /** The catalogue, in the order in which a set of them stands. */
  readonly of: readonly string[];
  /** What one of them is, e.g. `feature`. */
  readonly noun: string;
  /** The document that lists them. */
  readonly page: string;
  /** What else some of them are called; names a match only, and isn't accepted. */
  readonly aliases?: Readonly<Record<string, string>>;
  /** Which features a model learns from is no matter of a search: the more it may pick, the more luck it finds. */
  readonly tune?: never;
}

export type ParamSpecs = Readonly<Record<string, ParamSpec>>;

/**
 * The settings that specs `S` describe. Declare those `as const
 * satisfies ParamSpecs`, so that these are typed by name.
 */
export type ParamsOf<S extends ParamSpecs> = {
  readonly [K in keyof S]: S[K] extends { kind: 'boolean' }
    ? boolean
    : S[K] extends { kind: 'choice'; choices: readonly (infer C)[] }
      ? C
      : S[K] extends { kind: 'names' }
        ? readonly string[]
        : S[K] extends { kind: 'by_symbol' }
          ? BySymbol
          : number;
};

/**
 * What is wrong with settings, in words that name the first wrong one, its value and what is
 * allowed; null when nothing is.
 * One may be given by its old name, but not by both.
 * @param strategy its type, e.g. `ensemble`, which messages name.
 */
export function problemWith(
  specs: ParamSpecs,
  given: Readonly<Record<string, unknown>>,
  strategy: string,
): string | null {
  for (const [name, value] of Object.entries(given)) {
    const now = currentName(strategy, name);
    const spec = Object.hasOwn(specs, now) ? specs[now] : undefined;
    if (spec === undefined)
      return `${strategy} has no setting ${JSON.stringify(name)}; it has ${Object.keys(specs).join(', ')}`;
    if (value === undefined) continue;
    if (now !== name && given[now] !== undefined)
      return `${strategy} settings ${name} and ${now} are one, ${name} is its old name: give ${now} alone`;
    const wrong = spec.kind === 'names' ? wrongName(spec, value) : null;
    if (wrong !== null) return `${strategy} setting ${name} has ${wrong}`;
    if (spec.kind === 'by_symbol' && isBySymbol(value)) {
      const problem = wrongOfSymbol(spec, value);
      if (problem === null) continue;
      return `${strategy} setting ${name} ${problem}`;
    }
    if (!fits(spec, value))
      return (
        `${strategy} setting ${now === name ? name : `${name} (now called ${now})`} is ${shown(value)}; ` +
        `allowed is ${allowedBy(spec)}`
      );
  }
  return null;
}

function fits(spec: ParamSpec, value: unknown): boolean {
  switch (spec.kind) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'choice':
      return typeof value === 'string' && spec.choices.includes(value);
    case 'integer':
      return Number.isSafeInteger(value) && inRange(spec, value);
    case 'number':
      return inRange(spec, value);
    case 'by_symbol':
      return inRange(spec, value);
    case 'names':
      return Array.isArray(value) && value.length > 0;
  }
}

const isBySymbol = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);

function wrongOfSymbol(spec: BySymbolSpec, value: Readonly<Record<string, unknown>>): string | null {
  const wrong = Object.keys(value).find((symbol) => symbol === '' || !inRange(spec, value[symbol]));
  if (Object.keys(value).length === 0) return `is {}; allowed is ${allowedBy(spec)}`;
  if (wrong === undefined) return null;
  if (wrong === '') return 'has a symbol without a name; name each, and * for all others';
  return `of ${wrong} is ${shown(value[wrong])}; allowed is a number from ${spec.min} to ${spec.max}`;
}

const inRange = ({ min, max }: { min: number; max: number }, value: unknown): boolean =>
  typeof value === 'number' && value >= min && value <= max;

function allowedBy(spec: ParamSpec): string {
  switch (spec.kind) {
    case 'boolean':
      return 'true or false';
    case 'choice':
      return `one of ${spec.choices.join(', ')}`;
    case 'integer':
      return `a whole number from ${spec.min} to ${spec.max}`;
    case 'number':
      return `a number from ${spec.min} to ${spec.max}`;
    case 'by_symbol':
      return (
        `a number from ${spec.min} to ${spec.max}, or such numbers by symbol, * for all others: ` +
        '{"GOOG": 2, "*": 5}'
      );
    case 'names':
      return `a list of one ${spec.noun} or more, each once; ${spec.page} has their names`;
  }
}

/** What is wrong with the first wrong one of a list of names; null when each is right, or it is no list. */
function wrongName(spec: NamesSpec, value: unknown): string | null {
  if (!Array.isArray(value)) return null;
  const names: readonly unknown[] = value;
  const wrong = names.findIndex((name) => typeof name !== 'string' || !spec.of.includes(name));
  if (wrong !== -1) {
    const close = closeMatches(spec, names[wrong]);
    const hint = close.length === 0 ? '' : `; did you mean ${close.join(', ')}?`;
    return `${shown(names[wrong])}, which is no ${spec.noun}${hint} (${spec.page} has all names)`;
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  return twice === undefined ? null : `${shown(twice)} twice; give each ${spec.noun} once`;
}

const maxMatches = 5;

/** Names that somebody may have meant: of the same stem, or off by a letter or two; the closest first. */
function closeMatches({ of, aliases = {} }: NamesSpec, word: unknown): string[] {
  if (typeof word !== 'string' || word.length > 60) return [];
  // FreqAI writes "%-rsi-period", Alpha158 KMID.
  const meant = word.toLowerCase().replace(/^%-/, '').replaceAll('-', '_');
  const alias = Object.hasOwn(aliases, meant) ? aliases[meant] : undefined;
  const stem = stemOf(meant);
  const found = of
    .map((name) => ({
      name,
      edits: editDistance(meant, name),
      related: stem !== '' && stemOf(name) === stem,
    }))
    .filter(({ name, edits, related }) => related || edits <= Math.min(2, name.length / 3))
    .sort((a, b) => Number(b.related) - Number(a.related) || a.edits - b.edits)
    .map(({ name }) => name);
  return [...new Set([...(alias === undefined ? [] : [alias]), ...found])].slice(0, maxMatches);
}

/** A name without the number of bars at its end. */
const stemOf = (name: string): string => name.replace(/_?(\d+|period)$/, '');

/** Letters to be put in, left out or changed (Levenshtein). */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(
        Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a.charAt(i - 1) === b.charAt(j - 1) ? 0 : 1)),
      );
    row = next;
  }
  return row[b.length]!;
}

const shown = (value: unknown): string =>
  value instanceof Uint8Array ? 'bytes' : typeof value === 'number' ? String(value) : JSON.stringify(value);
