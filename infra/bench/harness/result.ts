/** Several measurements of one thing. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly count: number;
}

/**
 * What a row is to reach: its ratio (ours over the peer's, by medians), its value, what 95 of 100 values are
 * within (`high`), how far it is above the peer's, to be no lower than the peer's by more than chance
 * (`high`: upper end of the difference's 95 % interval), or at least the worst that the peer had.
 */
export type Target =
  | { readonly of: 'ratio' | 'value' | 'high'; readonly atMost: number }
  | { readonly of: 'ratio' | 'value' | 'difference'; readonly atLeast: number }
  | { readonly of: 'no lower beyond noise'; readonly high: number }
  | { readonly of: 'within peer spread' };

/** One line of a table. */
export interface Row {
  readonly what: string;
  /** Written after the numbers; '' for scores. */
  readonly unit: string;
  readonly digits: number;
  readonly ours: Spread;
  readonly peer?: Spread;
  /** Ours over the peer's, turn by turn. */
  readonly pairs?: Spread;
  /** 95 of 100 of our values are no higher. */
  readonly high?: number;
  /** How much of each of our values something was waited for that isn't ours to speed up. */
  readonly waiting?: Spread;
  readonly target?: Target;
}

export interface Section {
  readonly title: string;
  readonly rows: readonly Row[];
  /** A table of its own, the head first, that stands before the rows. */
  readonly grid?: readonly (readonly string[])[];
  /** Who is compared; ours and the peer unless named. */
  readonly sides?: readonly [ours: string, peer: string];
  /** Sentences below the table. */
  readonly notes?: readonly string[];
}

/** What a part gives: either sections, or in words why it could not run. */
export interface Outcome {
  readonly sections: readonly Section[];
  readonly skipped?: string;
  /** Of what was compared, by name. */
  readonly versions: Readonly<Record<string, string>>;
}

/** A part's outcome as it is kept, with where and when it was measured. */
export interface PartResult extends Outcome {
  readonly part: string;
  readonly date: string;
  readonly commit: string;
  readonly machine: string;
  /** Mean number of processes that wanted a core in the minute before the part began. */
  readonly loadBefore: number;
  /** Measurements of each contender. */
  readonly turns: number;
  readonly seconds: number;
}

/** Whether a row's target is reached; null when it has none. */
export function isReached({ ours, peer, high, target }: Row): boolean | null {
  if (target === undefined) return null;
  if (target.of === 'within peer spread') return peer !== undefined && ours.median >= peer.min;
  if (target.of === 'no lower beyond noise') return target.high >= 0;
  const found =
    target.of === 'value'
      ? ours.median
      : target.of === 'high'
        ? (high ?? Number.NaN)
        : target.of === 'ratio'
          ? ours.median / (peer?.median ?? Number.NaN)
          : ours.median - (peer?.median ?? Number.NaN);
  return 'atMost' in target ? found <= target.atMost : found >= target.atLeast;
}
