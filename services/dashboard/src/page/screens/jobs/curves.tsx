import { useMemo } from 'preact/hooks';
import type { Answer } from '../../api.ts';
import { useResource } from '../../resource.ts';
import { Chart } from '../../ui/chart.tsx';
import { Panel } from '../../ui/panel.tsx';

type Points = Answer<'GET /api/jobs/:id/curves'>['items'];
const hues = ['--hue-1', '--hue-2', '--hue-3', '--hue-4'];

/** The curves of a training, as they come. */
export function Curves({ id, live }: { readonly id: string; readonly live: boolean }) {
  const curves = useResource(
    'GET /api/jobs/:id/curves',
    { params: { id } },
    live ? { topics: ['curves', 'jobs'], everyMs: 1500 } : {},
  );
  const charts = useMemo(() => chartsOf(curves.data?.items ?? []), [curves.data]);
  return (
    <Panel title="Curves" resource={curves}>
      {() =>
        charts.length === 0 ? (
          <p class="none">{live ? 'No point yet.' : 'Its strategy drew none, or it never came so far.'}</p>
        ) : (
          <div class="job-curves">
            {charts.map(({ title, steps, series }) => (
              <Chart
                key={title}
                title={title}
                x={steps}
                xName="step"
                series={series.map(({ name, values }, i) => ({
                  name,
                  values,
                  color: hues[i % hues.length]!,
                }))}
              />
            ))}
          </div>
        )
      }
    </Panel>
  );
}

/**
 * A chart for what is measured alike: `loss` and `validation_loss` share one, and have a scale of their own.
 */
function chartsOf(points: Points) {
  const names = [...new Set(points.map(({ name }) => name))].filter((name) => name !== 'seed');
  const kindOf = (name: string): string =>
    /loss$/i.test(name)
      ? 'loss'
      : /squared_error$/.test(name)
        ? 'squared_error'
        : name.replace(/^(validation|val|train|training)_/, '');
  return [...Map.groupBy(names, kindOf)].map(([title, own]) => {
    const steps = [...new Set(points.filter(({ name }) => own.includes(name)).map(({ step }) => step))].sort(
      (a, b) => a - b,
    );
    const at = new Map(points.map(({ name, step, value }) => [`${step} ${name}`, value]));
    const series = own.map((name) => ({
      name,
      values: steps.map((step) => at.get(`${step} ${name}`) ?? null),
    }));
    return { title, steps, series };
  });
}
