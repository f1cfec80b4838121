import { useMemo } from 'preact/hooks';
import type { Version } from '../../../schemas/models.ts';
import { kinds, type ScoreName } from '@ml-training/sdk';
import { Chart } from '../../ui/chart.tsx';

/**
 * A pair's score over its versions, with their intervals, the best naive rule of each, and those that came
 * into use marked.
 */
export function VersionChart({
  versions,
  here,
}: {
  readonly versions: readonly Version[];
  readonly here?: string;
}) {
  const name: ScoreName = versions[0]?.score.name ?? 'accuracy';
  const { title, digits, scale, unit } = kinds[name];
  const columns = useMemo(() => {
    const of = (value: (version: Version) => number | null): (number | null)[] =>
      versions.map((version) => {
        const one = value(version);
        return one === null ? null : scale * one;
      });
    return {
      x: versions.map(({ created_at }) => Date.parse(created_at) / 1000),
      high: of(({ score }) => score.high),
      low: of(({ score }) => score.low),
      baseline: of(({ score }) => score.baseline),
      value: of(({ score }) => score.value),
      used: of(({ score, activated_at }) => (activated_at === null ? null : score.value)),
      here: of(({ score, model_id }) => (model_id === here ? score.value : null)),
    };
  }, [versions, here]);
  if (versions.length < 2) return <p class="none">One version so far: a line is drawn from the second on.</p>;
  return (
    <Chart
      title={`${title}${unit} of each version, its 95 % range shaded; dots: those that came into use`}
      time
      x={columns.x}
      xName="trained"
      series={[
        { name: 'upper bound', values: columns.high, color: '--hue-1', kind: 'bound', digits },
        { name: 'lower bound', values: columns.low, color: '--hue-1', kind: 'bound', digits },
        { name: 'best naive rule', values: columns.baseline, color: '--ink-2', dash: [4, 4], digits },
        { name: title, values: columns.value, color: '--hue-1', digits },
        { name: 'came into use', values: columns.used, color: '--hue-2', kind: 'points', digits },
        ...(here === undefined
          ? []
          : [{ name: 'this model', values: columns.here, color: '--ink', kind: 'points' as const, digits }]),
      ]}
      bands={[{ upper: 0, lower: 1, color: '--hue-1' }]}
    />
  );
}
