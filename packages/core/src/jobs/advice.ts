import { ALL_SYMBOLS, isBuiltIn } from '@ml-training/sdk';
import type { BarsPlace } from '../bars/place.ts';
import type { ErrorCode } from '../errors.ts';
import type { Job } from './types.ts';

/** Codes that strategies and trainers give a failed job, beside the fleet's own. */
type JobErrorCode =
  | Extract<
      ErrorCode,
      | 'TOO_FEW_BARS'
      | 'BARS_INVALID'
      | 'BARS_REFUSED'
      | 'SYMBOL_INVALID'
      | 'METRICS_INVALID'
      | 'MODEL_FILE_INVALID'
      | 'MODEL_FILE_MISSING'
      | 'DATABASE_UNAVAILABLE'
      | 'DISK_FULL'
      | 'MODEL_DIR_NOT_WRITABLE'
      | 'MODEL_STORE_UNAVAILABLE'
      | 'MODEL_STORE_REFUSED'
      | 'STORAGE_FAILED'
      | 'OUT_OF_RESOURCES'
      | 'JOB_TIMEOUT'
      | 'TRAINING_DIED'
      | 'TRAINER_DIED'
      | 'TRAINING_FAILED'
      | 'CANCELLED'
    >
  | 'INVALID_BARS'
  | 'INVALID_PARAMS'
  | 'INVALID_MODEL'
  | 'DIVERGED'
  | 'LEAK';

const bars =
  'Look at the bars of the symbol: "ml data" lists them; put right ones in their place, then retry.';
const price =
  'Look at the bars of the symbol: "ml data" lists them; mend or delete those, or, where a price of 0 or below is ' +
  'real, name the symbol in NEGATIVE_PRICES; then retry.';
const refused =
  'Mend the bars that the message names (docs/data.md says what each means), or set DATA_CHECK=warn; then retry.';
const disk =
  'Free some space where models lie, MODEL_STORE or MODEL_DIR; the job goes on by itself, or retry it.';

/** What some advice depends on: where bars are. */
type Advice = string | ((place: BarsPlace) => string);

const advice: Readonly<Record<JobErrorCode, Advice>> = {
  TOO_FEW_BARS: ({ get }) =>
    `The symbol needs more bars: ${get('more')}, or lower MIN_TRAINING_DATA_POINTS; then retry.`,
  BARS_INVALID: bars,
  BARS_REFUSED: refused,
  INVALID_BARS: price,
  SYMBOL_INVALID: ({ name }) => `The name can be no symbol: ask for a training of one that ${name} has.`,
  INVALID_PARAMS:
    'TRAINING_PARAMS has a value that the strategy can not use: mend it, restart the trainers, retry.',
  METRICS_INVALID: 'A score was no number: look at the bars for values that can not be, then retry.',
  MODEL_FILE_INVALID:
    'The file of the model in use is damaged: "ml rollback STRATEGY SYMBOL" puts the one before in ' +
    'use; then retry.',
  INVALID_MODEL:
    'The training can not be warm-started from the model in use: "ml rollback STRATEGY SYMBOL" puts ' +
    'the one before in use; then retry.',
  MODEL_FILE_MISSING:
    'The file of the model in use is gone from MODEL_DIR: "ml rollback STRATEGY SYMBOL" puts the one ' +
    'before in use.',
  DATABASE_UNAVAILABLE:
    'PostgreSQL was away or too slow: look at its log; the job goes on by itself, or retry it.',
  DISK_FULL: disk,
  MODEL_DIR_NOT_WRITABLE:
    'Let the user of the trainers write to MODEL_DIR; the job goes on by itself, or retry it.',
  MODEL_STORE_UNAVAILABLE:
    'The server of MODEL_STORE was away or too slow: "ml doctor" looks at it; the job goes on by itself, or retry it.',
  MODEL_STORE_REFUSED:
    'The server of MODEL_STORE refuses: "ml doctor" says what to mend; the job goes on by itself, or retry it.',
  STORAGE_FAILED:
    'The file system of MODEL_DIR fails or is read-only: see the log of the machine; then retry.',
  OUT_OF_RESOURCES:
    'The machine has no memory, processes or open files left: start fewer trainers or give it more; ' +
    'then retry.',
  JOB_TIMEOUT: 'Raise TRAINING_JOB_TIMEOUT, or lower TRAINING_BATCH_SIZE, restart the trainers, and retry.',
  TRAINING_DIED:
    'Most likely memory ran out: lower TRAINING_BATCH_SIZE, start fewer trainers or give the machine ' +
    'more; then retry.',
  TRAINER_DIED:
    'See the log of the trainer around that time: it was killed, ran out of memory, or was cut off. ' +
    'Then retry.',
  TRAINING_FAILED:
    'Nobody foresaw this: the error and the log lines say where it came from. Retry once it is mended.',
  DIVERGED:
    'The training ran away to no numbers: lower the learning rate in TRAINING_PARAMS, or look at the bars.',
  LEAK:
    'A feature knows of bars to come, so every score would lie: this is a fault of the strategy, not ' +
    'of the data.',
  CANCELLED: 'Retry trains it after all.',
};

type FailedJob = Pick<Job, 'strategy_type' | 'symbol' | 'error_code' | 'error_message'>;

/** What a person can do about a job that ended with an error; null where nobody knows. */
export function adviceOn(job: FailedJob, place: BarsPlace): string | null {
  const { strategy_type, error_code: code } = job;
  if (code === 'INVALID_STRATEGY' || (code === 'LEAK' && !isBuiltIn(strategy_type))) return adviceOnOwn(job);
  if (code === null || !Object.hasOwn(advice, code)) return null;
  const said = advice[code as JobErrorCode];
  return typeof said === 'string' ? said : said(place);
}

/** Of a strategy of the user's own, which is a file to be mended. */
function adviceOnOwn({ strategy_type, symbol, error_code, error_message }: FailedJob): string {
  const [, file] = /^(\S+\.[cm]?[jt]s(?::\d+)*): /.exec(error_message ?? '') ?? [];
  if (file === undefined && error_code !== 'LEAK')
    return (
      `See that STRATEGIES_DIR of every trainer holds ${strategy_type}/strategy.ts, and what "ml strategies" says ` +
      'of it; then retry.'
    );
  const what = error_code === 'LEAK' ? 'So that no row knows of bars to come, mend' : 'Mend';
  return (
    `${what} ${file ?? `${strategy_type}/strategy.ts`}: "ml strategies check ${strategy_type} ${symbol === ALL_SYMBOLS ? 'SYMBOL' : symbol}" shows ` +
    'in seconds whether it is right. Then retry: the next attempt takes the file as it is by then.'
  );
}
