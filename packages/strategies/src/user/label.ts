// What a user's strategy learns to say, and the look whether a label of its own is what it is said to be.
import type { Bars, UserParams } from '@ml-training/sdk';
import { sameLabelAs } from '../evaluation/labels.ts';
import { coverageOf, sliceBars } from '../features/index.ts';
import { direction, directionOrNeutral } from '../labels/direction.ts';
import { futureReturn } from '../labels/regression.ts';
import { tripleBarrier } from '../labels/triple-barrier.ts';
import type { StrategyError } from '../errors.ts';
import type { CommonSettings } from '../definition.ts';
import type { LabelDefinition, Labels } from '../strategy.ts';
import { atBar, ownMemory, sampledRows } from './bars.ts';
import { invalidStrategy } from './folder.ts';
import { firstKnownRow, givenBars } from './given-bars.ts';
import type { Description, LabelDescription, Settled } from './messages.ts';
import type { Runner } from './runner.ts';

/** The label under settings, its numbers as `settled` has them. */
export function userLabel(
  runner: Runner,
  { label, inputs, needs }: Pick<Description, 'label' | 'inputs' | 'needs'>,
  { window, labelNumbers: n }: Settled,
  params: UserParams,
  settings: CommonSettings,
): LabelDefinition {
  // The numbers were looked at when they were settled: each kind has its own.
  const number = (name: string): number => n[name]!;
  switch (label.kind) {
    case 'direction':
      if (label.neutral === null) return direction(settings);
      return directionOrNeutral(
        settings,
        label.neutral === 'costs'
          ? { costs: number('costs') }
          : { volatility: number('volatility'), window: number('window') },
      );
    case 'triple_barrier':
      return tripleBarrier(settings, {
        upper: number('upper'),
        lower: number('lower'),
        window: number('window'),
      });
    case 'regression':
      if (label.of !== 'own') return futureReturn(settings, label.of);
      return ownLabel(runner, label, { window, params, horizon: settings.horizon, inputs, needs });
    case 'classes':
      return ownLabel(runner, label, { window, params, horizon: settings.horizon, inputs, needs });
  }
}

/** Of the user's function `of`, which is asked once for the same bars. */
function ownLabel(
  runner: Runner,
  label: Extract<LabelDescription, { readonly kind: 'regression' | 'classes' }>,
  {
    window,
    params,
    horizon,
    inputs,
    needs,
  }: Pick<Description, 'inputs' | 'needs'> & {
    readonly window: number;
    readonly params: UserParams;
    readonly horizon: number;
  },
): LabelDefinition {
  const { shown } = runner.code;
  const firstRow = window - 1;
  const fail = (what: string): StrategyError => invalidStrategy(`${shown}strategy.ts: ${what}`);
  const known = new WeakMap<Bars, Labels>();

  function compute(bars: Bars): Labels {
    const rows = Math.max(0, bars.close.length - horizon);
    if (rows <= firstRow) return label.kind === 'classes' ? new Uint8Array(rows) : new Float64Array(rows);
    const given = givenBars(bars, inputs, needs);
    const { callMs, rowMs } = runner.limits;
    const limitMs = callMs + rowMs * bars.close.length;
    const values = runner
      .call('label', [ownMemory(given), params, horizon], limitMs, 'label.of')
      .slice(0, rows);
    // As the features' first row: before it an input may not be known.
    const coverage = (given.inputs ?? []).map((input) => coverageOf(given, input));
    const first = Math.min(rows, firstRow + firstKnownRow(given, coverage));
    for (let t = first; t < rows; t++)
      if (!Number.isFinite(values[t]))
        throw fail(
          `the label is ${label.kind === 'classes' ? 'missing' : values[t]!} at ${atBar(bars, t)}: ` +
            'each bar ' +
            `from bar window on, the ${window}th, must have one, but for the last ${horizon} (its horizon)`,
        );
    values.fill(0, 0, first);
    return label.kind === 'classes' ? Uint8Array.from(values) : values;
  }

  function of(bars: Bars): Labels {
    const labels = known.get(bars) ?? compute(bars);
    known.set(bars, labels);
    return labels;
  }

  return {
    ...(label.kind === 'classes'
      ? {
          task: 'multiclass',
          classes: label.classes,
          label: { kind: 'classes', horizon, classes: label.classes },
        }
      : { task: 'regression', classes: [], label: { kind: 'regression', horizon, of: 'own' } }),
    firstRow,
    of,
    check: (bars, labels) => {
      const same = sameLabelAs(labels);
      for (const t of sampledRows(firstRow, labels.length)) {
        const seen = compute(sliceBars(bars, { from: 0, to: t + horizon + 1 }));
        if (!same(seen[t], t))
          throw fail(
            `the label at ${atBar(bars, t)} becomes another when the bars after the ${horizon} of its ` +
              'horizon are left out: it looks further ahead, or is not the same each time; ' +
              'set a larger horizon, or let it look at fewer bars',
          );
      }
    },
  };
}
