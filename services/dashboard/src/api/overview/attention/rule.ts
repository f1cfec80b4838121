import { ALL_SYMBOLS } from '@ml-training/sdk';
import type {
  FailedPair,
  LastTraining,
  OpenJob,
  Pair,
  QueueState,
  RunOutcome,
  Skipped,
} from '@ml-training/core';
import type { AttentionItem, NextAction } from '../../../schemas/attention.ts';
import type { ChampionCell } from '../../../schemas/champions.ts';
import type { LeftOut } from '../cells.ts';

/** What the rules look at. Null where a server that knows it does not answer. */
export interface FleetFacts {
  readonly now: Date;
  /** Servers that can't be used, in words. */
  readonly troubles: readonly string[];
  readonly roles:
    | readonly {
        readonly role: string;
        readonly instances: number;
        readonly last_beat_seconds: number | null;
      }[]
    | null;
  /** From one tick to the next, in seconds; null where there is no next. */
  readonly period: number | null;
  /** The newest tick that is due, and the instant up to which every tick is done with. */
  readonly dueTick: Date | null;
  readonly doneTick: Date | null;
  readonly run: RunOutcome | null;
  readonly queue: QueueState;
  readonly dead: number | null;
  readonly maxRunning: number;
  /** Trainers that end when no job waits are not missed while none waits for long. */
  readonly trainersMayBeAway: boolean;
  /** Whether bars are imported: not into a table of the user's. */
  readonly ownBars: boolean;
  readonly open: readonly OpenJob[];
  readonly failed: readonly FailedPair[];
  /** Jobs that a run would make, and pairs that it would leave out. */
  readonly planned: readonly Pair[];
  readonly leftOutOfPlan: readonly Skipped[];
  /**
   * Of the pairs of `planned` that may be stale: whose newest model is older than `staleAfterPeriods`
   * periods.
   */
  readonly trainings: readonly LastTraining[];
  readonly leftOut: LeftOut;
  readonly newestBars: ReadonlyMap<string, Date>;
  /** Every cell of the matrix, with its symbol and whether there is a model to roll back to. */
  readonly cells: readonly (ChampionCell & { readonly symbol: string; readonly has_previous: boolean })[];
}

/** So many periods without a training, where there are new bars. */
export const staleAfterPeriods = 2;

export type Rule = (facts: FleetFacts) => readonly AttentionItem[];

export const seconds = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
export const item = (
  kind: AttentionItem['kind'],
  severity: AttentionItem['severity'],
  title: string,
  reason: string,
  since: Date | null,
  ...actions: NextAction[]
): AttentionItem => ({ kind, severity, title, reason, since: since?.toISOString() ?? null, actions });
export const open = (name: string, href: string): NextAction => ({ do: 'open', name, href });
export const copy = (command: string): NextAction => ({ do: 'copy', command });
export const jobPage = (id: string): NextAction => open('see the job', `/jobs/${id}`);
export const modelPage = (id: string): NextAction => open('see scores', `/models/${id}`);
export const importBars = ({ ownBars }: FleetFacts): NextAction[] =>
  ownBars ? [copy('ml import FILE.csv')] : [];
export const counted = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
/** The first few, and how many more. */
export const named = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;
export const shown = (symbol: string): string => (symbol === ALL_SYMBOLS ? 'of all symbols' : symbol);
