import { fixed } from '@ml-training/sdk';
import type { Permutation } from '../../registry/index.ts';
import { barTable } from '../charts.ts';
import { html, type Markup } from '../markup.ts';
import { metricWords, none, type Section } from './parts.ts';

/** What it loses when a feature is shuffled, and what its own parts make of the features. */
export const features: Section = ({ importances, training }) => {
  const { permutation, importance, splits, coefficients } = importances ?? {};
  return html`<section>
    <h2>What the model looks at</h2>
    ${
      permutation === undefined
        ? none(
            training === null
              ? 'Not kept any more: the row of its job is gone (JOB_RETENTION_DAYS).'
              : 'Its training did not look: FEATURE_IMPORTANCES is off, or it is from before there was that.',
          )
        : shuffled(permutation)
    }${importance === undefined && coefficients === undefined ? null : ownParts({ importance, splits, coefficients })}
  </section>`;
};

function shuffled({ metric, rows, repeats, symbols, features, groups }: Permutation): Markup {
  const words = metricWords[metric];
  const bars = (list: Permutation['features']) =>
    list.map(({ name, loss, error }) => ({ name, value: loss, error, clear: loss > clearErrors * error }));
  const over =
    symbols.length === 1
      ? symbols[0]!
      : `${symbols.length} symbols (${symbols.slice(0, 10).join(', ')}${symbols.length > 10 ? ' …' : ''})`;
  return html`<p>
      How much worse it judges the newest ${rows} rows of its holdout when the values of a feature are given
      to other rows: ${words.name}, ${repeats === 1 ? 'one shuffle' : `mean of ${repeats} shuffles`}, over
      ${over}. In colour is what is more than ${clearErrors} of its standard errors. Of features that say the
      same each may look worthless: the others stand in for it. A group is shuffled as one.
    </p>
    <div class="columns">
      ${groups.length === 0 ? null : barTable(bars(groups), { caption: 'Groups of features', text: words.text })}
      ${barTable(bars(features), { caption: 'Features', text: words.text })}
    </div>`;
}

/** Beyond so many of its standard errors a loss stands out of the noise, as docs/judging.md says. */
const clearErrors = 3;

function ownParts(of: {
  readonly importance: Readonly<Record<string, number>> | undefined;
  readonly splits: Readonly<Record<string, number>> | undefined;
  readonly coefficients: Readonly<Record<string, number>> | undefined;
}): Markup {
  const { importance = {}, splits = {}, coefficients = {} } = of;
  const names = [...new Set([...Object.keys(importance), ...Object.keys(coefficients)])].sort(
    (a, b) =>
      (importance[b] ?? 0) - (importance[a] ?? 0) ||
      Math.abs(coefficients[b] ?? 0) - Math.abs(coefficients[a] ?? 0),
  );
  return html`<details>
    <summary>What its trees and its linear part are made of</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of its own parts">
      <table>
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col" class="number">share of the trees' gain</th>
            <th scope="col" class="number">splits</th>
            <th scope="col" class="number">linear coefficient</th>
          </tr>
        </thead>
        <tbody>
          ${names.map(
            (name) =>
              html`<tr>
                <th scope="row"><code>${name}</code></th>
                <td class="number">
                  ${importance[name] === undefined ? '–' : `${(100 * importance[name]).toFixed(1)} %`}
                </td>
                <td class="number">${splits[name] ?? '–'}</td>
                <td class="number">
                  ${coefficients[name] === undefined ? '–' : fixed(coefficients[name], 4)}
                </td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`;
}
