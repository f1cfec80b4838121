import {
  isStrategyName,
  labelKinds,
  type Artefact,
  type PlainRecord,
  type StrategyType,
} from '@ml-training/sdk';
import { FleetError } from '../errors.ts';
import type { PickleValue } from './pickle/value.ts';

/** Where a model comes from. Times are ISO 8601, UTC. (Aliases, since an interface is no PlainRecord.) */
export type Lineage = {
  readonly job_id: string;
  readonly model_id: string;
  /** The model whose weights the training started from. */
  readonly parent_model_id: string | null;
  /** How many trainings lie between this model and the last one from scratch; 0 for such a one. */
  readonly generation: number;
  readonly data_from: string;
  readonly data_to: string;
  readonly data_sha256: string;
};

/** What a model file holds. */
export type ModelContent = Artefact & {
  readonly strategy_type: StrategyType;
  readonly symbol: string;
  /** `YYYYMMDD_HHMMSS`, UTC, as in the file's name. */
  readonly timestamp: string;
  readonly metrics: PlainRecord;
  readonly lineage: Lineage;
  readonly format_version: typeof formatVersion;
};

/** Goes up when a reader of the last version could misread a file. */
export const formatVersion = 2;

/**
 * Checks that a parsed file has the shape of `ModelContent`; further keys are let through.
 * @param name the file's name for messages
 * @throws FleetError MODEL_FILE_INVALID with the file's name and the key
 */
export function checkContent(value: PickleValue, name: string): ModelContent {
  if (!isDict(value)) throw invalid(name, 'does not hold a dict');
  if (value.format_version !== formatVersion) {
    throw invalid(
      name,
      `does not have format_version ${formatVersion}, which this version of the fleet reads: train ` +
        'the model again',
    );
  }
  for (const [key, { is, what }] of Object.entries({ ...shape, ...ofOwnStrategies })) {
    const found = key
      .split('.')
      .reduce<PickleValue | undefined>((at, part) => (isDict(at) ? at[part] : undefined), value);
    if (found === undefined && Object.hasOwn(ofOwnStrategies, key)) continue;
    if (found === undefined) throw invalid(name, `lacks ${key}`);
    if (!is(found)) throw invalid(name, `has ${key} that is not ${what}`);
  }
  const content = value as unknown as ModelContent; // Every key was checked above.
  for (const part of [content.strategy_type, 'scaler'])
    if (content.model_state[part] === undefined) throw invalid(name, `lacks model_state.${part}`);
  refuseBigIntegers(value, name, '');
  return content;
}

interface Rule {
  readonly is: (value: PickleValue) => boolean;
  readonly what: string;
}

const text: Rule = { is: (value) => typeof value === 'string' && value !== '', what: 'a str' };
const dict: Rule = { is: isDict, what: 'a dict' };
const count: Rule = {
  is: (value) => Number.isSafeInteger(value) && Number(value) >= 1,
  what: 'an int of 1 or more',
};

const shape: Readonly<Record<string, Rule>> = {
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
  fitted_spans: {
    is: (value) => Array.isArray(value) && value.every(isSpan),
    what: 'a list of {symbol, part, start, end}',
  },
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

/** What only models of a user's own strategies have, some of them. */
const ofOwnStrategies: Readonly<Record<string, Rule>> = {
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
