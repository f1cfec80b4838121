import { expect, test } from '@jest/globals';
import { inWords, meaningOf, type SaidLabel } from './says.ts';

const direction = (over: Partial<SaidLabel>, horizon = 1, more = {}): SaidLabel => ({
  task: 'binary',
  label: { kind: 'direction', horizon, ...more },
  ...over,
});
const regression = (more: object, horizon = 12): SaidLabel => ({
  task: 'regression',
  label: { kind: 'regression', horizon, ...more },
});
const three: SaidLabel = {
  task: 'multiclass',
  label: { kind: 'triple_barrier', horizon: 6 },
};

test.each<[string, SaidLabel, number, string, string]>([
  [
    'of the next bar',
    direction({}),
    0.5123,
    'probability that the next bar closes higher',
    'probability 0.5123 that the next bar closes higher',
  ],
  [
    'of a later bar',
    direction({}, 3),
    0.25,
    'probability that the bar 3 later closes higher',
    'probability 0.2500 that the bar 3 later closes higher',
  ],
  [
    'of several',
    three,
    -0.125,
    "position to be expected, -1 to 1: each class's position by its probability",
    'probabilities lower 0.5000, timeout 0.1250, upper 0.3750 within the next 6 bars',
  ],
  [
    'of a log return',
    regression({ of: 'log_return' }),
    -0.00123456,
    'expected log return over the next 12 bars',
    'expected -0.001235, log return over the next 12 bars',
  ],
  [
    'of a return',
    regression({ of: 'return' }, 1),
    2.5e-7,
    'expected return over the next bar',
    'expected 2.5e-7, return over the next bar',
  ],
  [
    'of a number of its own',
    regression({}),
    3,
    'expected value of its label over the next 12 bars',
    'expected 3, value of its label over the next 12 bars',
  ],
  [
    'of a policy',
    direction({ task: 'policy' }),
    0.75,
    'preference for long over short, 0 to 1; no probability',
    'preference 0.7500 for long over short, 0 to 1; no probability',
  ],
])('what is said %s', (_, label, score, meaning, line) => {
  const probabilities = label.task === 'multiclass' ? { lower: 0.5, timeout: 0.125, upper: 0.375 } : null;
  const { name, text } = inWords(label, { score, probabilities });
  expect([meaningOf(label), `${name} ${text}`]).toEqual([meaning, line]);
});
