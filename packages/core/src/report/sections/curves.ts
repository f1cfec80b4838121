import { lineChart } from '../charts.ts';
import type { ReportFacts } from '../facts.ts';
import { html, type Markup } from '../markup.ts';
import { none, type Section } from './parts.ts';

/** What the training told on its way, by what is measured alike. */
export const curves: Section = ({ curves: points, training }) => {
  const names = [...new Set(points.map(({ name }) => name))].filter((name) => name !== 'seed');
  const kindOf = (name: string): string =>
    /loss$/i.test(name) ? 'loss' : name.replace(/^(validation|val|train|training)_/, '');
  const groups = [...Map.groupBy(names, kindOf)];
  return html`<section>
    <h2>Learning curves</h2>
    ${
      groups.length === 0
        ? none(
            training === null
              ? 'Not kept any more: the row of its job is gone (JOB_RETENTION_DAYS).'
              : 'Its training drew none.',
          )
        : html`<div class="columns">
            ${groups.slice(0, maxCharts).map(([title, own]) => curve(title, own, points))}
          </div>`
    }
  </section>`;
};

const maxCharts = 8;

function curve(title: string, names: readonly string[], points: ReportFacts['curves']): Markup {
  const own = points.filter(({ name }) => names.includes(name));
  const x = [...new Set(own.map(({ step }) => step))].sort((a, b) => a - b);
  const at = new Map(own.map(({ name, step, value }) => [`${step} ${name}`, value]));
  return lineChart({
    title: title.replaceAll('_', ' '),
    x,
    xName: 'step',
    series: names.map((name, i) => ({
      name,
      hue: (i % 4) as 0 | 1 | 2 | 3,
      values: x.map((step) => at.get(`${step} ${name}`) ?? null),
    })),
  });
}
