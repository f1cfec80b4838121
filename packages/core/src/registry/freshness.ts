// How fresh an answer is: the model that gives it, the bars that it is of, and how that model does of late.
import type { Config } from '../config/index.ts';
import { FleetError } from '../errors.ts';
import { liveInWords, type LiveScore } from './live.ts';

/** Of an answer, for whoever acts on it. */
export interface Freshness {
  /** Whether to think twice, for the reasons `staleBecause`. */
  readonly stale: boolean;
  /** In words; empty when it is fresh. */
  readonly staleBecause: readonly string[];
  /** Since the model was made. */
  readonly modelAgeSeconds: number;
  /** Since the newest bar began. */
  readonly barAgeSeconds: number;
  /** How the model did on the bars since its training; null when nobody knows. */
  readonly live: LiveScore | null;
}

/** Seconds; 0 for no limit. */
export interface AgeLimits {
  readonly model: number;
  readonly bar: number;
}

export const ageLimitsOf = (config: Pick<Config, 'MAX_MODEL_AGE' | 'MAX_BAR_AGE'>): AgeLimits => ({
  model: config.MAX_MODEL_AGE,
  bar: config.MAX_BAR_AGE,
});

export interface Ages {
  readonly symbol: string;
  readonly modelCreatedAt: Date;
  /** Times of the bars that are looked at, ms since 1970, oldest first; one at least. */
  readonly times: ArrayLike<number>;
  readonly live: LiveScore | null;
  /** ms since 1970. */
  readonly now: number;
}

/**
 * An answer is stale when the newest bar is older than these bars' own rhythm allows (the longest pause among
 * them and two bars more), or when the model does worse than the naive rule on the bars since its training.
 * @throws FleetError MODEL_TOO_OLD, BARS_TOO_OLD beyond the limits
 */
export function freshnessOf(
  { symbol, modelCreatedAt, times, live, now }: Ages,
  limits: AgeLimits,
): Freshness {
  const newest = times[times.length - 1]!;
  const modelAgeSeconds = secondsFrom(modelCreatedAt.getTime(), now);
  const barAgeSeconds = secondsFrom(newest, now);
  if (limits.model > 0 && modelAgeSeconds > limits.model)
    throw new FleetError(
      'MODEL_TOO_OLD',
      `the model of ${symbol} is ${inWords(modelAgeSeconds)} old, and MAX_MODEL_AGE allows ` +
        `${inWords(limits.model)}: train another one ("ml train"), or look why none takes its place ` +
        '("ml models --all --decisions")',
    );
  if (limits.bar > 0 && barAgeSeconds > limits.bar)
    throw new FleetError(
      'BARS_TOO_OLD',
      `the newest bar of ${symbol}, of ${new Date(newest).toISOString()}, is ` +
        `${inWords(barAgeSeconds)} old, and MAX_BAR_AGE allows ` +
        `${inWords(limits.bar)}: look whether the feed still brings bars`,
    );
  const pace = paceOf(times);
  const staleBecause = [
    ...(pace !== null && barAgeSeconds > pace.allowed
      ? [`the newest bar is ${inWords(barAgeSeconds)} old, and bars came every ${inWords(pace.usual)}`]
      : []),
    ...(live?.verdict === 'below' ? [`the model does badly ${liveInWords(live)}`] : []),
  ];
  return { stale: staleBecause.length > 0, staleBecause, modelAgeSeconds, barAgeSeconds, live };
}

/** Of a single bar nothing is known. */
function paceOf(times: ArrayLike<number>): { readonly usual: number; readonly allowed: number } | null {
  const steps = Array.from({ length: Math.max(0, times.length - 1) }, (_, i) => times[i + 1]! - times[i]!);
  if (steps.length === 0) return null;
  steps.sort((a, b) => a - b);
  const usual = steps[Math.floor(steps.length / 2)]! / 1000;
  return { usual, allowed: steps.at(-1)! / 1000 + 2 * usual };
}

const secondsFrom = (since: number, now: number): number => Math.max(0, Math.round((now - since) / 1000));

/** In the largest unit of which there are two or more: 90 minutes, 3 days. */
function inWords(seconds: number): string {
  const units = [
    ['days', 86_400],
    ['hours', 3600],
    ['minutes', 60],
  ] as const;
  for (const [name, size] of units)
    if (seconds >= 2 * size) return `${Number((seconds / size).toFixed(1))} ${name}`;
  return `${Math.round(seconds)} ${seconds === 1 ? 'second' : 'seconds'}`;
}
