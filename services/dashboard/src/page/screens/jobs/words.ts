import { ALL_SYMBOLS } from '@ml-training/sdk';
import type { Answer } from '../../api.ts';

export type JobRow = Answer<'GET /api/jobs'>['items'][number];

export const pairOf = ({ strategy_type, symbol }: Pick<JobRow, 'strategy_type' | 'symbol'>): string =>
  `${strategy_type} ${symbol === ALL_SYMBOLS ? 'all symbols' : symbol}`;

/** Who asked for it. */
export const askers = { schedule: 'schedule', manual: 'hand', tick: 'bot' } as const;

/** Seconds of the last attempt; null before it has ended. */
export const secondsOf = ({ started_at, completed_at }: JobRow): number | null =>
  started_at === null || completed_at === null
    ? null
    : (Date.parse(completed_at) - Date.parse(started_at)) / 1000;

/** What there is to say of a job in one line. */
export function noteOf({ status, error_code, error_message, left_out }: JobRow): string {
  if (status !== 'completed') {
    const [first = ''] = (error_message ?? '').split('\n');
    return error_code === null || error_code === 'CANCELLED' ? first : `${error_code}: ${first}`;
  }
  const names = Object.keys(left_out ?? {});
  if (names.length === 0) return '';
  return `left out ${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''}`;
}

/** Why a job of a list can't be tried again, or cancelled; null where it can as far as its row tells. */
export const noRetry = ({ status }: JobRow): string | null =>
  status === 'failed' || status === 'cancelled'
    ? null
    : status === 'completed'
      ? 'it completed'
      : `it is ${status}`;
export const noCancel = ({ status }: JobRow): string | null =>
  status === 'queued' || status === 'running' ? null : `it is ${status} already`;

/** What is asked before. */
export const retryQuestion = (job: JobRow): string => `Try ${pairOf(job)} again? A new job is queued for it.`;
export const cancelQuestion = (job: JobRow): string =>
  job.status === 'running'
    ? `Cancel ${pairOf(job)}? Its training is stopped at once and nothing of it is kept.`
    : `Cancel ${pairOf(job)}? It leaves the queue.`;
