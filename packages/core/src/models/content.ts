import {
  ALL_SYMBOLS,
  isStrategyName,
  labelKinds,
  type Artefact,
  type BarRhythm,
  type PlainRecord,
  type StrategyType,
} from '@ml-training/sdk';
import { FleetError } from '../errors.ts';
import type { PickleValue } from './pickle/value.ts';

/** Where a model comes from. Times are ISO 8601, UTC. (Aliases, since an interface is no PlainRecord.) */
type Lineage = {
  readonly job_id: string;
  readonly model_id: string;
  /** The model whose weights the training started from. */
  readonly parent_model_id: string | null;
  /** How many trainings lie between this model and the last one from scratch; 0 for such a one. */
  readonly generation: number;
  readonly data_from: string;
  readonly data_to: string;
  readonly data_sha256: string;
  /** How the symbol's bars follow each other; left out where they keep to no interval, and of earlier versions. */
  readonly bars?: BarRhythm;
  /** Of a model that was refitted on all bars after it was judged; left out of any other. */
  readonly refit?: Refit;
};

/** What is known of the model that was judged, before it was refitted. */
type Refit = {
  /** Last bar that the judged model was fitted or chosen on; `data_to` is that of the refitted one. */
  readonly judged_data_to: string;
  /** First and last bar of the rows that it was judged on: metrics are of these, and of it. */
  readonly holdout_from: string;
  readonly holdout_to: string;
  /** How many rows the model was refitted on. */
  readonly rows: number;
};

/** What every model file holds, of one symbol or of several. */
type AnyContent = Artefact & {
  readonly strategy_type: StrategyType;
  readonly symbol: string;
  /** `YYYYMMDD_HHMMSS`, UTC, as in the file's name. */
  readonly timestamp: string;
};

/** What is a symbol's own of a model over several. */
export type OfSymbol = { readonly metrics: PlainRecord; readonly lineage: Lineage };

/** A model of one symbol, or what a file of several says of one of them. */
export type ModelContent = AnyContent &
  OfSymbol & { readonly format_version: typeof formatVersion | typeof sharedFormatVersion };

/** A model over several symbols: what was learnt is there once, beside what is each symbol's own. */
export type SharedContent = AnyContent & {
  readonly symbol: typeof ALL_SYMBOLS;
  /** Of all symbols together. */
  readonly metrics: PlainRecord;
  readonly lineage: Pick<Lineage, 'job_id' | 'generation' | 'data_from' | 'data_to'>;
  readonly symbols: Readonly<Record<string, OfSymbol>>;
  readonly format_version: typeof sharedFormatVersion;
};

/** Each goes up when a reader of the last version could misread a file. */
export const formatVersion = 2;
export const sharedFormatVersion = 3;

/**
 * Checks that a parsed file has the shape of `ModelContent` or `SharedContent`; further keys are let through.
 * @param name the file's name for messages
 * @throws FleetError MODEL_FILE_INVALID with the file's name and the key
 */
export function checkContent(value: PickleValue, name: string): ModelContent | SharedContent {
  if (!isDict(value)) throw invalid(name, 'does not hold a dict');
  const { format_version: version } = value;
  if (version !== formatVersion && version !== sharedFormatVersion) {
    throw invalid(
      name,
      `does not have format_version ${formatVersion} or ${sharedFormatVersion}, which this version of the ` +
        'fleet reads: train the model again',
    );
  }
  checkKeys(value, shape, name);
  checkKeys(value, ofSome, name, { optional: true });
  if (value['judged'] !== undefined) checkKeys(value['judged'], ofJudged, name, { within: 'judged.' });
  if (version === sharedFormatVersion) checkSymbols(value, name);
  else {
    checkKeys(value, ofSymbol, name);
    checkKeys(value, ofRefit, name, { optional: true });
    checkKeys(value, ofRhythm, name, { optional: true });
  }
  const content = value as unknown as ModelContent | SharedContent; // Every key was checked above.
  for (const part of [content.strategy_type, 'scaler']) {
    if (content.model_state[part] === undefined) throw invalid(name, `lacks model_state.${part}`);
    if (content.judged !== undefined && content.judged.model_state[part] === undefined)
      throw invalid(name, `lacks judged.model_state.${part}`);
  }
  refuseBigIntegers(value, name, '');
  return content;
}

/** Whether a file holds a model over several symbols. */
export const isShared = (content: ModelContent | SharedContent): content is SharedContent =>
  content.format_version === sharedFormatVersion && 'symbols' in content;

/** What a file says of one of its symbols; null when it says nothing of it. */
export function contentOf(content: ModelContent | SharedContent, symbol: string): ModelContent | null {
  if (!isShared(content)) return content.symbol === symbol ? content : null;
  const { symbols, ...shared } = content;
  return Object.hasOwn(symbols, symbol) ? { ...shared, symbol, ...symbols[symbol]! } : null;
}

function checkSymbols(value: { readonly [key: string]: PickleValue }, name: string): void {
  checkKeys(value, ofAllSymbols, name);
  for (const [symbol, own] of Object.entries(
    value['symbols'] as { readonly [symbol: string]: PickleValue },
  )) {
    const within = `symbols.${symbol.slice(0, 100)}.`;
    checkKeys(own, ofSymbol, name, { within });
    checkKeys(own, ofRefit, name, { within, optional: true });
    checkKeys(own, ofRhythm, name, { within, optional: true });
  }
}

/** @param where what the keys lie in, for messages; and whether they may be missing */
function checkKeys(
  value: PickleValue,
  rules: Rules,
  name: string,
  { within = '', optional = false }: { readonly within?: string; readonly optional?: boolean } = {},
): void {
  for (const [key, { is, what }] of Object.entries(rules)) {
    const found = key
      .split('.')
      .reduce<PickleValue | undefined>((at, part) => (isDict(at) ? at[part] : undefined), value);
    if (found === undefined && optional) continue;
    if (found === undefined) throw invalid(name, `lacks ${within}${key}`);
    if (!is(found)) throw invalid(name, `has ${within}${key} that is not ${what}`);
  }
}

interface Rule {
  readonly is: (value: PickleValue) => boolean;
  readonly what: string;
}

type Rules = Readonly<Record<string, Rule>>;

const text: Rule = { is: (value) => typeof value === 'string' && value !== '', what: 'a str' };
const dict: Rule = { is: isDict, what: 'a dict' };
const count: Rule = {
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  what: 'an int of 1 or more',
};

const spans: Rule = {
  is: (value) => Array.isArray(value) && value.every(isSpan),
  what: 'a list of {symbol, part, start, end}',
};

const shape: Rules = {
  strategy_type: { is: isStrategyName, what: 'the name of a strategy' },
  symbol: text,
  timestamp: {
    is: (value) => typeof value === 'string' && /^\d{8}_\d{6}$/.test(value),
    what: 'YYYYMMDD_HHMMSS',
  },
  model_state: dict,
  feature_names: {
    is: (value) => Array.isArray(value) && value.every((name) => typeof name === 'string'),
    what: 'a list of str',
  },
  features_hash: text,
  window: count,
  'label.kind': {
    is: (value) => labelKinds.some((kind) => kind === value),
    what: `one of ${labelKinds.map((kind) => `'${kind}'`).join(', ')}`,
  },
  'label.horizon': count,
  params: dict,
  fitted_spans: spans,
};

/** Of a model that was refitted: what it was when it was judged. */
const ofJudged: Rules = { model_state: dict, fitted_spans: spans };

const ofSymbol: Rules = {
  metrics: dict,
  'lineage.job_id': text,
  'lineage.model_id': text,
  'lineage.parent_model_id': { is: (value) => value === null || text.is(value), what: 'a str or None' },
  'lineage.generation': {
    is: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
    what: 'an int of 0 or more',
  },
  'lineage.data_from': text,
  'lineage.data_to': text,
  'lineage.data_sha256': text,
};

/** What is a symbol's own of a model that was refitted. */
const ofRefit: Rules = {
  'lineage.refit.judged_data_to': text,
  'lineage.refit.holdout_from': text,
  'lineage.refit.holdout_to': text,
  'lineage.refit.rows': count,
};

const isHour = (value: PickleValue): boolean =>
  Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= 23;

/** How a symbol's bars follow each other. */
const ofRhythm: Rules = {
  'lineage.bars': {
    is: (value) =>
      isDict(value) &&
      typeof value['interval_ms'] === 'number' &&
      value['interval_ms'] > 0 &&
      typeof value['lasts_ms'] === 'number' &&
      value['lasts_ms'] > 0 &&
      Array.isArray(value['session_ends']) &&
      value['session_ends'].every(isHour) &&
      ['open', 'close'].some((stamped) => stamped === value['stamped']),
    what: 'a dict of interval_ms, lasts_ms, session_ends and stamped',
  },
};

/** Beside each symbol's own, which `checkSymbols` looks at. */
const ofAllSymbols: Rules = {
  symbol: { is: (value) => value === ALL_SYMBOLS, what: `'${ALL_SYMBOLS}', as it holds symbols` },
  symbols: {
    is: (value) => isDict(value) && Object.keys(value).length > 0,
    what: 'a dict of one symbol or more',
  },
  metrics: dict,
  'lineage.job_id': text,
};

/** What only some models have: those of a user's own strategies, or whose positions follow by a rule. */
const ofSome: Rules = {
  positions: dict,
  strategy_sum: text,
  strategy_code: {
    is: (value) =>
      Array.isArray(value) &&
      value.every(
        (file: PickleValue) =>
          isDict(file) && typeof file['path'] === 'string' && file['content'] instanceof Uint8Array,
      ),
    what: 'a list of {path, content}',
  },
  steps: {
    is: (value) =>
      isDict(value) && Object.values(value).every((step) => typeof step === 'number' && step > 0),
    what: 'a dict of milliseconds',
  },
};

function isDict(value: PickleValue | undefined): value is { readonly [key: string]: PickleValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

function isSpan(value: PickleValue): boolean {
  if (!isDict(value)) return false;
  const { symbol, part, start, end } = value;
  const timed = typeof start === 'number' && typeof end === 'number' && start < end;
  return text.is(symbol ?? null) && (part === 'train' || part === 'validation') && timed;
}

/** No number of a model is beyond 2^53, and strategies would have to handle it. */
function refuseBigIntegers(value: PickleValue, name: string, place: string): void {
  if (typeof value === 'bigint') throw invalid(name, `has an int beyond 2^53 at ${place.slice(0, 200)}`);
  if (Array.isArray(value)) {
    const list: readonly PickleValue[] = value;
    list.forEach((item, i) => refuseBigIntegers(item, name, `${place}[${i}]`));
  } else if (isDict(value)) {
    for (const [key, item] of Object.entries(value)) refuseBigIntegers(item, name, `${place}.${key}`);
  }
}

function invalid(name: string, problem: string): FleetError {
  return new FleetError('MODEL_FILE_INVALID', `${name} is not a model file of the fleet: it ${problem}`);
}
