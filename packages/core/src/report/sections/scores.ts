// How good the model was on its holdout, and how much of it may be luck.
import { fixed, kinds, ruleName, scoreNames, scoreText, valueOf, type ScoreName } from '@ml-training/sdk';
import { usualScore } from '../../registry/index.ts';
import { html } from '../markup.ts';
import { none, numberOf, objectOf, pairs, utc, type Section } from './parts.ts';

/** Scores with their intervals, beside the naive rules'. */
export const scores: Section = ({ model: { strategy_type, metrics, data_from, data_to }, holdout }) => {
  const intervals = objectOf(metrics['intervals']);
  const baselines = Object.entries(objectOf(metrics['baselines'])).map(
    ([rule, of]) => [rule, objectOf(of)] as const,
  );
  // An agent learns what to hold: of before there are scores of which way the next bar goes.
  const judged = usualScore(strategy_type) === 'return' ? scoreNames.filter(isOfTrading) : scoreNames;
  const shown = judged.filter((name) => metrics[name] !== undefined);
  const own = (name: ScoreName): string => {
    const { low, high } = objectOf(intervals[name]);
    const bounds = { low: numberOf(low), high: numberOf(high) };
    return scoreText({ name, value: numberOf(metrics[name]), ...bounds }, numberOf(metrics['rows']));
  };
  const times = holdout?.times ?? [];
  return html`<section>
    <h2>Scores on the holdout</h2>
    <p>
      ${numberOf(metrics['rows']) ?? 'An unknown number of'}
      rows${times.length === 0 ? null : ` from ${utc(times[0]!)} to ${utc(times.at(-1)!)}`}, which nothing was
      fitted or chosen on; fitted on bars from ${utc(data_from)} to ${utc(data_to)}. In brackets or after ±
      the 95 % interval.
    </p>
    ${
      shown.length === 0
        ? none('No scores are kept of this model.')
        : html`<div class="scroll" tabindex="0" role="region" aria-label="Table of scores">
            <table>
              <thead>
                <tr>
                  <th scope="col">score</th>
                  <th scope="col" class="number">this model</th>
                  ${baselines.map(([rule]) => html`<th scope="col" class="number">${ruleName(rule)}</th>`)}
                </tr>
              </thead>
              <tbody>
                ${shown.map(
                  (name) =>
                    html`<tr>
                      <th scope="row">${kinds[name].title}</th>
                      <td class="number"><strong>${own(name)}</strong></td>
                      ${baselines.map(
                        ([, of]) => html`<td class="number">${valueOf(name, numberOf(of[name]))}</td>`,
                      )}
                    </tr>`,
                )}
              </tbody>
            </table>
          </div>`
    }
  </section>`;
};

const isOfTrading = (name: ScoreName): boolean => name === 'return' || name === 'sharpe';

/** How much of the Sharpe ratio may be luck of many tries. */
export const luck: Section = ({ model: { metrics } }) => {
  const { excess_over, excess_sharpe, deflated_excess_sharpe, excess_sharpe_by_luck, trials, no_sharpe } =
    metrics;
  if (typeof no_sharpe === 'string')
    return html`<section>
      <h2>Luck of many tries</h2>
      ${none(`No deflated Sharpe ratio: ${no_sharpe}.`)}
    </section>`;
  const figures = [
    ['trials of this pair, this one counted', numberOf(trials)],
    ['best naive rule by Sharpe', typeof excess_over === 'string' ? ruleName(excess_over) : null],
    ['Sharpe over it', shownNumber(excess_sharpe, 2)],
    ['what the best of so many shows by luck', shownNumber(excess_sharpe_by_luck, 2)],
    ['deflated: probability that the true one is above that', shownNumber(deflated_excess_sharpe, 3)],
  ] as const;
  return html`<section>
    <h2>Luck of many tries</h2>
    ${figures.every(([, value]) => value === null) ? none('Not known of this model.') : pairs(figures)}
  </section>`;
};

const shownNumber = (value: unknown, digits: number): string | null => {
  const number = numberOf(value);
  return number === null ? null : fixed(number, digits);
};
