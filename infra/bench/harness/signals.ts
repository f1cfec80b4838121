// Hourly bars of which it is known how well their next direction can be told.
import type { Bars } from '@ml-training/strategies';
import { createRandom, type Random } from '../../../packages/strategies/src/random.ts';

const HOUR_MS = 3_600_000;
/** Standard deviation of a bar's log return. */
const SIGMA = 0.005;
/** Bars drawn before the first that is given, so that no series begins in a special state. */
const BURN_IN = 500;

/** What the next bar's return is drawn with, in units of `SIGMA`. */
interface Next {
  readonly mean: number;
  readonly deviation: number;
}

/** The bars so far, newest last, as a rule may look at them. */
interface Past {
  /** Log returns in units of `SIGMA`; 1 is the bar before. 0 is the newest bar's. */
  readonly ret: (ago: number) => number;
  /** Log of the newest bar's volume, standard normal. */
  readonly volume: number;
  /** Bars since the series' first. */
  readonly age: number;
  readonly random: Random;
}

/** How a series' next return depends on its past. */
export interface Signal {
  readonly name: string;
  readonly about: string;
  /** A rule with whatever it remembers of its own. */
  readonly rule: () => (past: Past) => Next & { readonly rise?: number };
}

const deviationOfGarch = () => {
  // Bollerslev 1986; unconditional variance 1.
  let variance = 1;
  return (shock: number): number => {
    variance = 0.05 + 0.1 * shock ** 2 + 0.85 * variance;
    return Math.sqrt(variance);
  };
};

const plain =
  (mean: (past: Past) => number): Signal['rule'] =>
  () =>
  (past) => ({ mean: mean(past), deviation: 1 });

/** Normal noise whose size goes with GARCH(1, 1), around a mean. */
const garch =
  (mean: (past: Past) => number): Signal['rule'] =>
  () => {
    const next = deviationOfGarch();
    let told = 0;
    return (past) => {
      const deviation = next(past.ret(0) - told);
      told = mean(past);
      return { mean: told, deviation };
    };
  };

const { sign } = Math;

export const signals: readonly Signal[] = [
  {
    name: 'AR(1)',
    about: '0.15 of the last return goes on; GARCH noise',
    rule: garch(({ ret }) => 0.15 * ret(0)),
  },
  {
    name: 'volume shock',
    about: '0.2 σ up after more than the usual volume, down after less',
    rule: plain(({ volume }) => 0.2 * sign(volume)),
  },
  {
    name: 'volume reversal',
    about: 'high volume turns the last direction, low volume lets it go on, 0.3 σ',
    rule: plain(({ volume, ret }) => -0.3 * sign(volume) * sign(ret(0))),
  },
  { name: 'return 3 bars ago', about: '0.2 of it comes again', rule: plain(({ ret }) => 0.2 * ret(2)) },
  {
    name: 'seasonal lag',
    about: '0.2 of the return at the same hour of the day before',
    rule: plain(({ ret }) => 0.2 * ret(23)),
  },
  { name: 'two-state regime', about: 'hidden; ±0.25 σ a bar, left with probability 0.02', rule: regimeRule },
  {
    name: 'sine',
    about: 'returns along a sine wave of 40 bars, 6 σ at its crest',
    rule: plain(({ age }) => 6 * Math.sin((2 * Math.PI * (age + 1)) / 40)),
  },
  { name: 'random walk', about: 'nothing can be told; GARCH noise', rule: garch(() => 0) },
];

/** Bars after which the rule of `turnedRule` turns around. */
const TURNS_AT = 800;

/** Not among the others: what is learnt of its first bars is wrong of all later ones. */
export const turnedRule: Signal = {
  name: 'AR(1) that turns',
  about: `0.15 of the last return goes on, after ${TURNS_AT} bars as much of it comes back; GARCH noise`,
  rule: garch(({ ret, age }) => (age < BURN_IN + TURNS_AT ? 0.15 : -0.15) * ret(0)),
};

/** The probability of a rise is that of an observer who knows the rule, but not the state (Hamilton 1989). */
function regimeRule(): ReturnType<Signal['rule']> {
  const [drift, leave] = [0.25, 0.02];
  let state = 1;
  let up = 0.5;
  const density = (x: number): number => Math.exp(-0.5 * x * x);
  return ({ ret, random }) => {
    const [ofUp, ofDown] = [up * density(ret(0) - drift), (1 - up) * density(ret(0) + drift)];
    const after = ofUp / (ofUp + ofDown);
    up = after * (1 - leave) + (1 - after) * leave;
    if (random.next() < leave) state = -state;
    const rise = normalCdf(drift);
    return { mean: state * drift, deviation: 1, rise: up * rise + (1 - up) * (1 - rise) };
  };
}

/**
 * What follows another symbol: 0.2 of its newest return, which is known as of the same close.
 * @param leader log returns in units of `SIGMA`, burn-in included.
 */
const following = (leader: Float64Array): Signal => ({
  name: 'lead-lag',
  about: '0.2 of the last return of another symbol',
  rule: plain(({ age }) => 0.2 * leader[age]!),
});

/** Symbols whose bars are learnt from together; what is told is told of the first. */
export interface Pool {
  readonly name: string;
  readonly about: string;
  readonly series: (count: number, seed: number) => readonly Series[];
}

const [ar1, volumeShock, randomWalk] = ['AR(1)', 'volume shock', 'random walk'].map((name) =>
  signals.find((one) => one.name === name),
);

const amongWalks =
  (signal: Signal, walks: number): Pool['series'] =>
  (count, seed) => [
    seriesOf(signal, count, seed),
    ...Array.from({ length: walks }, (_, i) => seriesOf(randomWalk!, count, seed, `WALK${i + 1}`)),
  ];

export const pools: readonly Pool[] = [
  {
    name: 'volume shock, one of seven',
    about: 'the others are random walks',
    series: amongWalks(volumeShock!, 6),
  },
  { name: 'AR(1), one of seven', about: 'the others are random walks', series: amongWalks(ar1!, 6) },
  {
    name: 'AR(−0.15), one of seven',
    about: 'the last return turns; the others are random walks',
    series: amongWalks({ name: 'AR(−0.15)', about: '', rule: garch(({ ret }) => -0.15 * ret(0)) }, 6),
  },
  {
    name: 'volume shock, seven of seven',
    about: 'each has the signal',
    series: (count, seed) =>
      Array.from({ length: 7 }, (_, i) => seriesOf(volumeShock!, count, seed, `SIGNAL${i}`)),
  },
  {
    name: 'lead-lag',
    about: '0.2 of the last return of another symbol',
    series: (count, seed) => {
      const { series, returns } = drawn(randomWalk!, count, seed, 'LEADER');
      return [seriesOf(following(returns), count, seed, 'FOLLOWER'), series];
    },
  },
];

/** A series and what is known of it. */
export interface Series {
  readonly bars: Bars;
  /** Probability that the next close is higher, to whoever knows the rule; NaN at the last bar. */
  readonly rise: Float64Array;
}

/** Equal seeds give equal series. @param count bars. */
export const seriesOf = (signal: Signal, count: number, seed: number, symbol = 'SIGNAL'): Series =>
  drawn(signal, count, seed, symbol).series;

function drawn(
  signal: Signal,
  count: number,
  seed: number,
  symbol: string,
): { readonly series: Series; readonly returns: Float64Array } {
  const random = createRandom(seed).fork(`${signal.name} ${symbol}`);
  const rule = signal.rule();
  const all = count + BURN_IN;
  const returns = new Float64Array(all);
  const volumes = new Float64Array(all);
  const rise = new Float64Array(all).fill(Number.NaN);
  let next: Next = { mean: 0, deviation: 1 };
  for (let t = 0; t < all; t++) {
    returns[t] = next.mean + next.deviation * random.normal();
    volumes[t] = random.normal();
    const told = rule({ ret: (ago) => returns[t - ago] ?? 0, volume: volumes[t]!, age: t, random });
    rise[t] = told.rise ?? normalCdf(told.mean / told.deviation);
    next = told;
  }
  const bars = barsOf(symbol, returns.subarray(BURN_IN), volumes.subarray(BURN_IN), random);
  return { series: { bars, rise: rise.slice(BURN_IN) }, returns };
}

function barsOf(symbol: string, returns: Float64Array, volumes: Float64Array, random: Random): Bars {
  const count = returns.length;
  const column = (): Float64Array => new Float64Array(count);
  const bars = {
    symbol,
    time: Float64Array.from(returns, (_, t) => Date.UTC(2020, 0, 1) + t * HOUR_MS),
    open: column(),
    high: column(),
    low: column(),
    close: column(),
    volume: volumes.map((v) => 1000 * Math.exp(0.5 * v)),
  };
  let close = 100;
  for (let t = 0; t < count; t++) {
    bars.open[t] = close;
    close *= Math.exp(SIGMA * returns[t]!);
    bars.close[t] = close;
    bars.high[t] = Math.max(bars.open[t]!, close) * Math.exp(0.3 * SIGMA * Math.abs(random.normal()));
    bars.low[t] = Math.min(bars.open[t]!, close) * Math.exp(-0.3 * SIGMA * Math.abs(random.normal()));
  }
  return bars;
}

/** Abramowitz and Stegun 1964, 7.1.26: to 1.5e-7. */
function normalCdf(x: number): number {
  const z = Math.abs(x) / Math.SQRT2;
  const t = 1 / (1 + 0.3275911 * z);
  const poly =
    t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  const erf = 1 - poly * Math.exp(-z * z);
  return x >= 0 ? (1 + erf) / 2 : (1 - erf) / 2;
}
