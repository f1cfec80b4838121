// The features of a user's strategy for one set of params, and the look whether they are what they are said
// to be.
import { createHash } from 'node:crypto';
import type { Bars, UserParams } from '@ml-training/sdk';
import { StrategyError } from '../errors.ts';
import {
  coverageOf,
  definitionsVersion,
  groupOf,
  sliceBars,
  stepOfWords,
  type FeatureSet,
  type FeatureTable,
} from '../features/index.ts';
import { atBar, ownMemory, sampledRows } from './bars.ts';
import { invalidStrategy } from './folder.ts';
import { firstKnownRow, givenBars, refuseUncovered } from './given-bars.ts';
import type { Description, Settled } from './messages.ts';
import type { Runner } from './runner.ts';

export function featureSetOf(
  runner: Runner,
  { inputs, needs }: Pick<Description, 'inputs' | 'needs'>,
  { window, names }: Settled,
  params: UserParams,
): FeatureSet {
  const { sum, shown } = runner.code;
  const cols = names.length;
  const besides = inputs.length > 0 || needs.columns.length > 0;
  const fail = (what: string): StrategyError => invalidStrategy(`${shown}strategy.ts: ${what}`);

  function columns(bars: Bars): Float64Array {
    const { callMs, rowMs } = runner.limits;
    const limitMs = callMs + rowMs * bars.close.length;
    const found = runner.call('features', [ownMemory(bars), params], limitMs, 'features');
    const differs = Math.max(cols, found.names.length);
    for (let c = 0; c < differs; c++)
      if (names[c] !== found.names[c])
        throw fail(
          `features gave other columns for ${bars.symbol} than before: column ${c + 1} is ` +
            `${found.names[c] ?? 'missing'} ` +
            `and was ${names[c] ?? 'none'}; give the same names in the same order for any bars`,
        );
    return found.data;
  }

  function compute(bars: Bars): FeatureTable {
    const given = givenBars(bars, inputs, needs);
    const rows = bars.close.length;
    const data = rows < window ? new Float64Array(rows * cols) : columns(given);
    data.fill(Number.NaN, 0, Math.min(rows, window - 1) * cols);
    const coverage = (given.inputs ?? []).map((input) => coverageOf(given, input));
    // All bars of a row's window must know what they are given.
    const firstRow = firstKnownRow(given, coverage) + window - 1;
    for (let i = firstRow * cols; i < data.length; i++)
      if (!Number.isFinite(data[i]))
        throw fail(
          `the feature ${names[i % cols]!} is ${data[i]!} at ${atBar(bars, Math.floor(i / cols))}: it ` +
            `must be a finite number ` +
            `from bar window on, the ${window}th; is window too small, a division by 0, or a volume ` +
            `missing there?` +
            (besides ? besidesHint : ''),
        );
    const table = { names, rows, cols, data, firstRow };
    return coverage.length === 0 ? table : { ...table, inputs: coverage };
  }

  return {
    names,
    window,
    hash: createHash('sha256')
      .update(JSON.stringify({ sum, names, window, params, version: definitionsVersion }))
      .digest('hex')
      .slice(0, 16),
    compute,
    unchecked: (bars) => {
      const data = columns(givenBars(bars, inputs, needs));
      return { names, rows: bars.close.length, cols, data, firstRow: window - 1 };
    },
    check: (whole, table) => {
      const bars = givenBars(whole, inputs, needs);
      refuseUncovered(bars, table.inputs ?? []);
      const cutOff = inputs.flatMap((input) =>
        'resample' in input ? rowsThatCutOff(bars, window, stepOfWords(input.resample)!, table) : [],
      );
      for (const t of [...sampledRows(table.firstRow, table.rows), ...cutOff]) {
        const changed = (from: number, to: number): number => {
          const again = columns(sliceBars(bars, { from, to })).subarray(-cols);
          return again.findIndex((value, c) => !same(value, table.data[t * cols + c]!, scaleOf(table, c)));
        };
        const shorter = changed(t - (window - 1), t + 1);
        if (shorter === -1) continue;
        const ahead = changed(0, t + 1);
        if (ahead !== -1)
          throw new StrategyError(
            'LEAK',
            `${shown}strategy.ts: the feature ${names[ahead]!} at ${atBar(bars, t)} becomes another ` +
              `when the bars after it are ` +
              'left out: it looks ahead, or is not the same each time; let a bar look at itself and ' +
              'those before it alone',
          );
        throw fail(
          `the feature ${names[shorter]!} at ${atBar(bars, t)} becomes another when it is computed of ` +
            `the ${window} bars up to ` +
            'there alone: it looks further back than window says; set a larger window, or let it look ' +
            'at fewer bars',
        );
      }
    },
  };
}

const besidesHint =
  ' An input in a coarser step is known after two of its bars within the window at the latest; ' +
  'holes of a column ' +
  'are filled by ta.fillForward.';

const maxCutOff = 4;
/**
 * Of the rows whose window begins just after a group of a coarser step did, so that the most of it is lost,
 * the last ones.
 */
function rowsThatCutOff(
  { time }: Bars,
  window: number,
  step: number,
  { rows, firstRow }: FeatureTable,
): number[] {
  const found: number[] = [];
  const group = (t: number): number | null => (t < 0 ? null : groupOf(time[t]!, step));
  for (let t = rows - 1; t >= firstRow && found.length < maxCutOff; t--) {
    const begin = t - window + 1;
    if (group(begin) === group(begin - 1) && group(begin - 1) !== group(begin - 2)) found.push(t);
  }
  return found;
}

/** Rounding of a sum that runs over all bars is no other feature. */
const maxRounding = 1e-9;
const same = (a: number, b: number, scale: number): boolean => Math.abs(a - b) <= maxRounding * scale;

/** The largest size of a column's values. */
function scaleOf({ data, cols, rows, firstRow }: FeatureTable, c: number): number {
  let largest = 0;
  for (let t = firstRow; t < rows; t++) largest = Math.max(largest, Math.abs(data[t * cols + c]!));
  return largest;
}
