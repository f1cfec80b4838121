// What the sections of a report share.
import { fixed } from '@ml-training/sdk';
import type { ReportFacts } from '../facts.ts';
import { html, type Markup } from '../markup.ts';

export type Section = (facts: ReportFacts) => Markup;

export const utc = (time: Date | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
/** In a section's place, why there is nothing. */
export const none = (text: string): Markup => html`<p class="none">${text}</p>`;
export const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
export const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
/** Names and what they have. */
export const pairs = (rows: readonly (readonly [string, Markup | string | number | null])[]): Markup =>
  html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value ?? '–'}</dd>`,
    )}
  </dl>`;

/** What models are compared by, in words. */
export const metricWords = {
  log_likelihood: { name: 'log-likelihood of a row, nats', text: (v: number) => fixed(v, 5) },
  squared_error: {
    name: 'squared error of a row',
    text: (v: number) => v.toExponential(2).replace('-', '−'),
  },
  net_return: { name: 'net return of a bar, basis points', text: (v: number) => fixed(10_000 * v, 2) },
} as const;
