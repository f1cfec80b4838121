// What was decided on the model, and on others of its pair.
import { isScoreName, kinds, ruleName, valueOf } from '@ml-training/sdk';
import type { MeanDifference } from '../../registry/index.ts';
import type { ReportFacts } from '../facts.ts';
import { html, type Markup } from '../markup.ts';
import { metricWords, pairs, utc, type Section } from './parts.ts';

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
