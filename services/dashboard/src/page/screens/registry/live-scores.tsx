import { useMemo } from 'preact/hooks';
import type { Live } from '../../../schemas/models.ts';
import { Chart } from '../../ui/chart.tsx';
import { Age } from '../../ui/time.tsx';

/** How a model in use does on new bars, beside the naive rule: the newest look in words, and all of them. */
export function LiveScores({ live, inUse }: { readonly live: Live; readonly inUse: boolean }) {
  const { scores, problem } = live;
  const columns = useMemo(
    () => ({
      x: scores.map(({ scored_at }) => Date.parse(scored_at) / 1000),
      difference: scores.map(({ difference }) => difference),
      low: scores.map(({ low }) => low),
      high: scores.map(({ high }) => high),
      rule: scores.map(() => 0),
    }),
    [scores],
  );
  const newest = scores.at(-1);
  const judged = scores.filter(({ difference }) => difference !== null).length;
  return (
    <>
      {problem !== null && <p class="model-decision">It could not be scored: {problem}.</p>}
      {newest === undefined ? (
        <p class="none">
          {inUse
            ? 'No bar has come since its training that it could be scored on; it is looked at every hour.'
            : 'It was not scored on new bars: only models in use are.'}
        </p>
      ) : (
        <p class="model-decision">
          {newest.says[0]!.toUpperCase() + newest.says.slice(1)} (<Age at={newest.scored_at} />)
        </p>
      )}
      {judged > 1 && (
        <Chart
          title="Better (above 0) or worse than the naive rule, a bar; bounds that hold at all looks together"
          time
          x={columns.x}
          xName="looked at"
          series={[
            { name: 'upper bound', values: columns.high, color: '--hue-1', kind: 'bound', digits: 5 },
            { name: 'lower bound', values: columns.low, color: '--hue-1', kind: 'bound', digits: 5 },
            { name: 'naive rule', values: columns.rule, color: '--ink-2', dash: [4, 4], digits: 0 },
            { name: 'model less rule', values: columns.difference, color: '--hue-1', digits: 5 },
          ]}
          bands={[{ upper: 0, lower: 1, color: '--hue-1' }]}
        />
      )}
    </>
  );
}
