// What stands in a model's report, a part each. Every number is one that training and judging wrote.
import {
  drawdownOf,
  fixed,
  intervalInWords,
  isScoreName,
  kinds,
  ruleName,
  scoreNames,
  scoreText,
  valueOf,
  type ScoreName,
} from '@ml-training/sdk';
import { liveInWords, usualScore, type MeanDifference, type Permutation } from '../registry/index.ts';
import { barTable, lineChart } from './charts.ts';
import type { ReportFacts } from './facts.ts';
import { html, type Markup } from './markup.ts';

type Section = (facts: ReportFacts) => Markup;

const utc = (time: Date | string): string =>
  `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
const none = (text: string): Markup => html`<p class="none">${text}</p>`;
const objectOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};
const numberOf = (value: unknown): number | null =>
  typeof value === 'number' && Number.isFinite(value) ? value : null;
const pairs = (rows: readonly (readonly [string, Markup | string | number | null])[]): Markup =>
  html`<dl>
    ${rows.map(
      ([name, value]) =>
        html`<dt>${name}</dt>
          <dd>${value ?? '–'}</dd>`,
    )}
  </dl>`;

/** Whose model it is, whether it is in use, and why. */
export const head: Section = ({ model, now }) => {
  const { strategy_type, symbol, model_id, created_at, is_active, activated_at, decision } = model;
  const use = is_active
    ? `in use since ${utc(activated_at ?? created_at)}`
    : activated_at === null
      ? 'never in use'
      : 'not in use any more';
  return html`<header>
    <h1>${strategy_type} ${symbol}</h1>
    <p class="sub">Model <code>${model_id}</code>, made ${utc(created_at)}, ${use}. Report of ${utc(now)}.</p>
    <p class="decision">${decision}</p>
    ${decisionFigures(model.decision_facts)}
  </header>`;
};

function decisionFigures(facts: ReportFacts['model']['decision_facts']): Markup | null {
  if (facts === null) return null;
  const { floor, comparison, metric, policy, champion_id } = facts;
  const words = metricWords[metric];
  const line = ({ rows, difference, low, high }: MeanDifference): string =>
    `${words.text(difference)} (${words.text(low)} to ${words.text(high)}) on ${rows} rows`;
  return pairs([
    ['judged by', `${words.name}, MODEL_PROMOTION=${policy}`],
    [
      'over its floor',
      floor === null
        ? 'no floor was asked for'
        : `${line(floor)}, against ${ruleName(floor.rule)}: ${floor.passed ? 'passed' : 'not passed'}`,
    ],
    [
      'over the model in use then',
      comparison === null ? (champion_id === null ? 'there was none' : 'not comparable') : line(comparison),
    ],
  ]);
}

const metricWords = {
  log_likelihood: { name: 'log-likelihood of a row, nats', text: (v: number) => fixed(v, 5) },
  squared_error: {
    name: 'squared error of a row',
    text: (v: number) => v.toExponential(2).replace('-', '−'),
  },
  net_return: { name: 'net return of a bar, basis points', text: (v: number) => fixed(10_000 * v, 2) },
} as const;

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

/** What was decided on the models of this strategy and symbol. */
export const decisions: Section = ({ versions, model: { model_id } }) =>
  html`<section>
    <h2>Decisions on this pair</h2>
    <div class="scroll" tabindex="0" role="region" aria-label="Table of decisions">
      <table>
        <thead>
          <tr>
            <th scope="col">made</th>
            <th scope="col">model</th>
            <th scope="col" class="number">score</th>
            <th scope="col">decision</th>
          </tr>
        </thead>
        <tbody>
          ${versions.map((version) => {
            const { created_at, is_active, decision, score } = version;
            return html`<tr${version.model_id === model_id ? html` class="here"` : null}><td class="time">${utc(created_at)}</td><td><code>${version.model_id.slice(0, 8)}</code>${is_active ? ', in use' : null}</td><td class="number">${
              isScoreName(score.name) ? `${kinds[score.name].title} ${valueOf(score.name, score.value)}` : '–'
            }</td><td class="words">${decision}</td></tr>`;
          })}
        </tbody>
      </table>
    </div>
  </section>`;

/** What it takes to make it again, and where it comes from. */
export const origin: Section = ({ model, training, lineage }) => {
  const { params, file_path, sha256, data_sha256, bar_seconds, code_sha256, job_id } = model;
  const warnings = training?.warnings ?? [];
  const findings = training?.data_check?.findings ?? [];
  const ancestors = lineage?.ancestors ?? [];
  return html`<section>
    <h2>Settings and origin</h2>
    ${
      warnings.length === 0
        ? null
        : html`<p>Warnings of its training:</p>
            <ul>
              ${warnings.map((line) => html`<li>${line}</li>`)}
            </ul>`
    }
    ${
      findings.length === 0
        ? null
        : html`<p>What the data check found in its bars:</p>
            <ul>
              ${findings.map(({ words }) => html`<li>${words}</li>`)}
            </ul>`
    }
    ${pairs([
      ['file', html`<code>${file_path}</code>`],
      ['sha256 of it', html`<code>${sha256}</code>`],
      ['a bar every', bar_seconds === null ? 'not known' : intervalInWords(1000 * bar_seconds)],
      ['sha256 of its bars', html`<code>${data_sha256}</code>`],
      [
        'sha256 of its own code',
        code_sha256 === null ? 'a built-in strategy' : html`<code>${code_sha256}</code>`,
      ],
      [
        'job',
        job_id === null
          ? 'not known'
          : html`<code>${job_id}</code>${training === null ? ' (its row is gone)' : null}`,
      ],
      ['seed', numberOf(training?.seed)],
      ['threads', numberOf(training?.threads)],
      ['warm start', training?.lineage?.reason ?? null],
      [
        'trained on from',
        ancestors.length === 0
          ? 'scratch'
          : html`<code>${ancestors.map(({ model_id }) => model_id.slice(0, 8)).join(' ← ')}</code>`,
      ],
    ])}
    <h3>Settings</h3>
    ${pairs(
      Object.entries(params)
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
    )}
  </section>`;
};
