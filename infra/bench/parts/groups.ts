import { defaultFeatures, type Plain } from '@ml-training/strategies';
import type { Part, PartContext } from '../harness/part.ts';
import { mean, SERIES_A_TURN, shown, trainedValues } from '../harness/power-runs.ts';
import type { Section } from '../harness/result.ts';
import { signals } from '../harness/signals.ts';

/** The default features by what they are of. */
const groups: Readonly<Record<string, RegExp>> = {
  'returns over several bars': /^(return_(2|5|10|20)|distance_20|efficiency_10)$/,
  volatility: /^(volatility_.*|atr_14|true_range)$/,
  oscillators: /^(rsi_14|macd.*|stochastic_.)$/,
  'single returns of the last bars': /^lag_[1-5]$/,
  'single returns of a day before': /^lag_2[34]$/,
  volume: /^(volume_ratio|volume_shock|money_flow_14)$/,
  'return by volume': /^return_by_volume$/,
  "the bar's shape": /^(gap|body|close_location)$/,
  calendar: /^(weekday|hour)_(sin|cos)$/,
};
/** Of the series that choices are made on, so that the reported ones stay unseen. */
const FIRST_SEED = 101;
const BARS = 1_000;

export const groupsPart: Part = {
  name: 'groups',
  title: 'What each group of default features is worth',
  about:
    'Accuracy of the ensemble on 4,000 later bars, trained on 1,000, with all default features; then by how many points it changes when a group ' +
    'is left out, on the same series, which are those that choices were made on. In brackets the standard error over the series, of the change for each.',
  run: async (context) => ({ sections: [await table(context)], versions: {} }),
};

async function table(context: PartContext): Promise<Section> {
  const seeds = Array.from({ length: SERIES_A_TURN * context.turns }, (_, i) => FIRST_SEED + i);
  const told = signals.filter(({ name }) => name !== 'sine');
  const whole = await accuracies({});
  const lines: string[][] = [['all of them', ...whole.map((values) => shown(values))]];
  for (const [group, pattern] of Object.entries(groups)) {
    const features = defaultFeatures.filter((name) => !pattern.test(name));
    const without = await accuracies({ features });
    const changes = without.map((values, k) => values.map((value, i) => 100 * (value - whole[k]![i]!)));
    lines.push([`without ${group}`, ...changes.map(points)]);
    context.say(lines.at(-1)!.join('  '));
  }
  return {
    title: `${seeds.length} series of each kind, seeds ${seeds[0]!} to ${seeds.at(-1)!}`,
    rows: [],
    grid: [['', ...told.map(({ name }) => name)], ...lines],
  };

  async function accuracies(params: Readonly<Record<string, Plain>>): Promise<(readonly number[])[]> {
    const all: (readonly number[])[] = [];
    for (const { name } of told)
      all.push((await trainedValues('ensemble', { name, bars: BARS }, context, seeds, params)).accuracy!);
    return all;
  }
}

const points = (changes: readonly number[]): string => {
  const error = Math.sqrt(
    changes.reduce((sum, c) => sum + (c - mean(changes)) ** 2, 0) / (changes.length - 1) / changes.length,
  );
  return `${mean(changes) >= 0 ? '+' : '−'}${Math.abs(mean(changes)).toFixed(1)} (${error.toFixed(1)})`;
};
