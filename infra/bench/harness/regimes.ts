// Generated series for what a model loses that has not learnt from the newest bars: some whose rule changes.
import { signals, type Signal } from './signals.ts';

/** A kind of series, and on how many later bars models are compared: few where the rule goes on changing. */
export interface Regime {
  readonly signal: Signal;
  readonly later: number;
}

/** How many of the bars that are learnt from have the new rule. */
const NEW_BARS = 150;
/** Bars that are drawn before the first: see signals.ts. */
const BURN_IN = 500;

/** AR(1) whose coefficient depends on the bar, counted from the first that is learnt from. */
const moving = (name: string, about: string, coefficient: (t: number) => number): Signal => ({
  name,
  about,
  rule:
    () =>
    ({ ret, age }) => ({ mean: coefficient(age - BURN_IN) * ret(0), deviation: 1 }),
});

const stationary = (name: string): Signal => signals.find((one) => one.name === name)!;

/** @param bars that are learnt from. */
export const regimesOf = (bars: number): readonly Regime[] => [
  { signal: stationary('AR(1)'), later: 2_000 },
  { signal: stationary('volume shock'), later: 2_000 },
  { signal: stationary('return 3 bars ago'), later: 2_000 },
  { signal: stationary('random walk'), later: 2_000 },
  {
    signal: moving(
      'AR(1) that turned back',
      `0.3 of the last return goes on; of the newest ${NEW_BARS} bars −0.3`,
      (t) => (t < bars - NEW_BARS ? 0.3 : -0.3),
    ),
    later: 2_000,
  },
  {
    signal: moving(
      'AR(1) that came up',
      `0.3 of the last return goes on in the newest ${2 * NEW_BARS} bars, nothing before`,
      (t) => (t < bars - 2 * NEW_BARS ? 0 : 0.3),
    ),
    later: 2_000,
  },
  {
    signal: moving(
      'AR(1) that drifts',
      '0.3 · sin of the last return goes on, a wave of 2,000 bars',
      (t) => 0.3 * Math.sin((2 * Math.PI * t) / 2_000),
    ),
    later: 250,
  },
];
