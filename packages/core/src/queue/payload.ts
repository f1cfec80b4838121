import { ALL_SYMBOLS, isStrategyType, strategyTypes, type StrategyType } from '../strategy-types.ts';
import { isSymbol } from '../symbol.ts';

/** What a queue entry asks for: our own job by its id, or somebody's wish for a training. */
export type Payload =
  | { readonly kind: 'job'; readonly jobId: string }
  | { readonly kind: 'request'; readonly strategyType: StrategyType; readonly symbol: string }
  | { readonly kind: 'garbage'; readonly reason: string };

/** The entry of a job. One job has exactly one spelling, so that the queue can be searched for it. */
export function jobEntry(job: { job_id: string; strategy_type: string; symbol: string }): string {
  return JSON.stringify({ job_id: job.job_id, strategy_type: job.strategy_type, symbol: job.symbol });
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
  const jobId = field('job_id');
  if (jobId !== undefined)
    return typeof jobId === 'string' && uuid.test(jobId)
      ? { kind: 'job', jobId: jobId.toLowerCase() }
      : garbage('job_id is not a UUID');
  const strategyType = field('strategy_type');
  const symbol = field('symbol');
  if (!isStrategyType(strategyType)) return garbage(`strategy_type is none of ${strategyTypes.join(', ')}`);
  if (!isSymbol(symbol)) return garbage('symbol is missing or no symbol');
  // The ensemble is one model over all symbols, whichever symbol's bot asks for it.
  return { kind: 'request', strategyType, symbol: strategyType === 'ensemble' ? ALL_SYMBOLS : symbol };
}

const garbage = (reason: string): Payload => ({ kind: 'garbage', reason });
