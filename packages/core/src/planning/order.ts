import { pairName, type Pair } from '../jobs/types.ts';

/** What the order of a run's jobs goes by; pairs under their names, strategies under theirs. */
export interface OrderFacts {
  /** When a pair was last trained, whatever came of it; none that never was. */
  readonly lastTrained: ReadonlyMap<string, Date>;
  /** How many runs in a row had no time for a pair. */
  readonly timesLeftOut: ReadonlyMap<string, number>;
  /** How long a training of a strategy takes; none where it was never measured. */
  readonly seconds: ReadonlyMap<string, number>;
  /** TRAINING_WEIGHTS: 1 where a strategy has none. */
  readonly weights: Readonly<Partial<Record<string, number>>>;
}

/**
 * The order in which a run trains its pairs: first those that runs before had no time for, the more often the
 * earlier; of a strategy the stalest first, that is the one whose last training is longest ago; and the
 * strategies mixed so that each gets its share of the trainers' time from the beginning on.
 *
 * The mixing is weighted fair queueing (Demers, Keshav and Shenker 1989): a job stands where it would end if
 * each strategy had trainers of its own, as fast as its weight. So a strategy of long jobs waits until the
 * others have had as much time, and none waits for the end of another.
 */
export function orderPairs(pairs: readonly Pair[], facts: OrderFacts): Pair[] {
  const { lastTrained, timesLeftOut, seconds, weights } = facts;
  const times = (pair: Pair): number => timesLeftOut.get(pairName(pair)) ?? 0;
  const trainedAt = (pair: Pair): number => lastTrained.get(pairName(pair))?.getTime() ?? -Infinity;
  const unmeasured = medianOf([...seconds.values()]) ?? 1;
  const stalestFirst = pairs.toSorted((a, b) => times(b) - times(a) || compare(trainedAt(a), trainedAt(b)));
  const shares = new Map<string, number>();
  const placed = stalestFirst.map((pair) => {
    const { strategy_type } = pair;
    const taken = (seconds.get(strategy_type) ?? unmeasured) / (weights[strategy_type] ?? 1);
    const end = (shares.get(strategy_type) ?? 0) + taken;
    shares.set(strategy_type, end);
    return { pair, end };
  });
  return placed.sort((a, b) => times(b.pair) - times(a.pair) || a.end - b.end).map(({ pair }) => pair);
}

/** Of infinities as well, whose difference is none. */
const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? -1 : 1);

function medianOf(values: readonly number[]): number | null {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;
}
