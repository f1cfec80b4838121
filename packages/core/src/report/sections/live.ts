import { liveInWords } from '../../registry/index.ts';
import { lineChart } from '../charts.ts';
import { html } from '../markup.ts';
import { none, utc, type Section } from './parts.ts';

/** How it does on the bars since its training. */
export const live: Section = ({ live: looks, model: { is_active } }) => {
  const newest = looks.at(-1);
  const judged = looks.filter(({ difference }) => difference !== null);
  return html`<section>
    <h2>On the bars since its training</h2>
    ${
      newest === undefined
        ? none(
            is_active
              ? 'Not scored on new bars yet.'
              : 'It was not scored on new bars: only models in use are.',
          )
        : html`<p>${capital(liveInWords(newest))} (${utc(newest.scored_at)}).</p>`
    }${
      judged.length < 2
        ? null
        : lineChart({
            title:
              'Better (above 0) or worse than the naive rule, a bar; bounds that hold at all looks together',
            x: judged.map(({ scored_at }) => scored_at.getTime()),
            time: true,
            band: { low: judged.map(({ low }) => low), high: judged.map(({ high }) => high) },
            series: [
              { name: 'naive rule', values: judged.map(() => 0), hue: 'naive' },
              { name: 'model less rule', values: judged.map(({ difference }) => difference), hue: 0 },
            ],
          })
    }
  </section>`;
};

const capital = (text: string): string => text.slice(0, 1).toUpperCase() + text.slice(1);
