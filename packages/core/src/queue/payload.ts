import {
  ALL_SYMBOLS,
  isStrategyName,
  isStrategyType,
  jobSymbol,
  strategyOf,
  strategyTypes,
  type StrategyType,
} from '@ml-training/sdk';
import type { JobTrigger } from '../jobs/types.ts';
import { isSymbol, symbolRefusal } from '../symbol.ts';

/**
 * What a queue entry asks for: our own job by its id, or somebody's wish for a training. The jobId of a wish
 * is null until a trainer has named it; with one, its row may or may not be made.
 */
export type Payload =
  | { readonly kind: 'job'; readonly jobId: string }
  | {
      readonly kind: 'wish';
      readonly jobId: string | null;
      readonly strategyType: StrategyType;
      readonly symbol: string;
    }
  | {
      readonly kind: 'garbage';
      readonly reason: string;
      /** A name that this process knows no strategy of: there may be one by now. */
      readonly unknownStrategy?: true;
    };

/** What an entry says of its job. */
export interface EntryJob {
  readonly job_id: string;
  readonly strategy_type: string;
  readonly symbol: string;
}

/**
 * The entry of a job. How urgent it is stands at its end, `schedule` or `tick`, and nothing where somebody
 * asked for it; a job that a bot wishes for while it waits for the schedule gets another end.
 */
export function jobEntry(job: EntryJob & { readonly trigger?: JobTrigger }): string {
  const { job_id, strategy_type, symbol, trigger = 'manual' } = job;
  return JSON.stringify({ job_id, strategy_type, symbol, ...(trigger === 'manual' ? {} : { trigger }) });
}

/**
 * The entry of a wish that has its job_id but perhaps no row yet. The mark tells it from the entry of a job
 * whose row was deleted, of which none is to be made; who forges it gets no more than the wish without job_id
 * would give.
 */
export function wishEntry({ job_id, strategy_type, symbol }: EntryJob): string {
  return JSON.stringify({ job_id, strategy_type, symbol, wish: true });
}

/** Every entry that there may be of a job. */
export const spellingsOf = (job: EntryJob): string[] => [
  ...(['manual', 'tick', 'schedule'] as const).map((trigger) => jobEntry({ ...job, trigger })),
  wishEntry(job),
];

/** 1: a bot's wish, or nothing of ours; 2: what somebody asked for; 3: what the schedule wants. */
export type Urgency = 1 | 2 | 3;

/** How urgent an entry is, by its ends alone; scripts/urgency.lua says the same. */
export function urgencyOf(entry: string): Urgency {
  if (!entry.startsWith('{"job_id":"')) return 1;
  if (entry.endsWith(',"trigger":"schedule"}')) return 3;
  return entry.endsWith(',"trigger":"tick"}') || entry.endsWith(',"wish":true}') ? 1 : 2;
}

/**
 * The entry of the same job by which the queue is searched for it: without what makes it urgent or a wish, and
 * not of the symbol `ALL` that jobs over all symbols had before `@ALL`.
 */
export function usualSpelling(entry: string): string {
  return entry
    .replace(/,"(?:wish":true|trigger":"(?:schedule|tick)")}$/, '}')
    .replace(/"strategy_type":"([^"]+)","symbol":"ALL"/, (same: string, type: string) =>
      isStrategyType(type) ? same.replace('"ALL"', JSON.stringify(jobSymbol(type, 'ALL'))) : same,
    );
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
/** A payload is some hundred bytes; parsing megabytes of nested brackets would only cost time. */
const maxLength = 10_000;

/** Reads an entry that anybody may have pushed; never throws. */
export function parsePayload(entry: string): Payload {
  if (entry.length > maxLength)
    return garbage(`${entry.length} characters long, at most ${maxLength} are read`);
  let value: unknown;
  try {
    value = JSON.parse(entry);
  } catch {
    return garbage('not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return garbage('not a JSON object');
  const field = (name: string): unknown =>
    Object.hasOwn(value, name) ? value[name as keyof typeof value] : undefined;
  const givenId = field('job_id');
  if (givenId !== undefined && !(typeof givenId === 'string' && uuid.test(givenId)))
    return garbage('job_id is not a UUID');
  const jobId = givenId?.toLowerCase() ?? null;
  if (jobId !== null && field('wish') !== true) return { kind: 'job', jobId };
  const strategyType = field('strategy_type');
  const symbol = field('symbol');
  if (!isStrategyType(strategyType)) {
    const none = garbage(`strategy_type is none of ${strategyTypes().join(', ')}`);
    return isStrategyName(strategyType) ? { ...none, unknownStrategy: true } : none;
  }
  if (!isSymbol(symbol) && !(symbol === ALL_SYMBOLS && strategyOf(strategyType).scope === 'all'))
    return garbage(
      typeof symbol === 'string' ? `no symbol: ${symbolRefusal(symbol)}` : 'symbol is missing or no text',
    );
  // One model over all symbols, whichever symbol's bot asks for it.
  return { kind: 'wish', jobId, strategyType, symbol: jobSymbol(strategyType, symbol) };
}

const garbage = (reason: string): Payload & { kind: 'garbage' } => ({ kind: 'garbage', reason });
