// What the model said of its holdout, row by row: what came of it, and whether it was so.
import { drawdownOf } from '@ml-training/sdk';
import { lineChart } from '../charts.ts';
import { html } from '../markup.ts';
import { none, numberOf, type Section } from './parts.ts';

/** What came of what it said. */
export const backtest: Section = ({ holdout, model: { metrics } }) => {
  if (holdout === null)
    return html`<section>
      <h2>Back-test</h2>
      ${none(
        'Nothing to draw: this model was trained before the fleet kept what models say of their holdout.',
      )}
    </section>`;
  const { times, equity, buy_and_hold, cost_bps, rows } = holdout;
  const x = times.map((time) => Date.parse(time));
  const percent = (values: readonly number[]): number[] => values.map((value) => 100 * value);
  const fall = (values: readonly number[]): number[] => drawdownOf(values).map((share) => -100 * share);
  const costs = numberOf(cost_bps);
  return html`<section>
    <h2>Back-test</h2>
    <p>
      ${rows} rows${times.length < rows ? `, ${times.length} of them kept` : null};
      ${numberOf(metrics['trades']) ?? '–'} positions
      opened${costs === null ? null : `; a change of position by one unit costs ${costs} basis points`}; fills
      at the close.
    </p>
    ${lineChart({
      title: 'Capital after costs, % of the start',
      x,
      time: true,
      series: [
        { name: 'buy and hold', values: percent(buy_and_hold), hue: 'naive' },
        { name: 'this model', values: percent(equity), hue: 0 },
      ],
    })}
    ${lineChart({
      title: 'Drawdown, % below the highest capital so far',
      x,
      time: true,
      series: [
        { name: 'buy and hold', values: fall(buy_and_hold), hue: 'naive' },
        { name: 'this model', values: fall(equity), hue: 1 },
      ],
    })}
  </section>`;
};

/** Whether what it says is what happens. */
export const calibration: Section = ({ holdout }) => {
  const bins = holdout?.calibration ?? [];
  if (bins.length === 0)
    return html`<section>
      <h2>Calibration</h2>
      ${none(holdout === null ? 'Not known of this model.' : 'Only of models whose number is a probability.')}
    </section>`;
  const x = bins.map(({ predicted }) => predicted);
  return html`<section>
    <h2>Calibration</h2>
    <p>
      By tenths of the probability: how often the close rose where the model said so. On the line, what it
      says is what happens; with 20 rows a share is known to some ± 0.2.
    </p>
    <div class="columns">
      ${lineChart({
        title: 'Share of rises by what the model said',
        x,
        xName: 'mean probability',
        series: [
          { name: 'perfect', values: x, hue: 'naive' },
          { name: 'share that rose', values: bins.map(({ observed }) => observed), hue: 0, points: true },
        ],
      })}
      <div class="scroll" tabindex="0" role="region" aria-label="Table of the calibration">
        <table>
          <thead>
            <tr>
              <th scope="col">probability</th>
              <th scope="col" class="number">rows</th>
              <th scope="col" class="number">mean</th>
              <th scope="col" class="number">rose</th>
            </tr>
          </thead>
          <tbody>
            ${bins.map(
              ({ from, to, count, predicted, observed }) =>
                html`<tr>
                  <th scope="row">${from.toFixed(1)} to ${to.toFixed(1)}</th>
                  <td class="number">${count}</td>
                  <td class="number">${predicted.toFixed(3)}</td>
                  <td class="number">${observed.toFixed(3)}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </div>
  </section>`;
};
