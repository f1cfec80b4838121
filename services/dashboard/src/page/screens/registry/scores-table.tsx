import type { Model } from '../../../schemas/models.ts';
import {
  fixed,
  isScoreName,
  kinds,
  ruleName,
  ruleNames,
  scoreNames,
  scoreText,
  valueOf,
} from '@ml-training/sdk';
import { countOf } from '../../words.ts';

/** Every score with its interval, beside the naive rules on the very same rows. */
export function ScoresTable({ model }: { readonly model: Model }) {
  const { metrics, intervals, baselines } = model;
  const columns = ruleNames.filter((rule) => baselines[rule] !== undefined);
  const names = scoreNames.filter((name) => metrics[name] !== undefined);
  const plain = Object.entries(metrics).filter(([name]) => !isScoreName(name));
  return (
    <>
      <div class="scroll model-wide" tabIndex={0} role="region" aria-label="Scores and baselines">
        <table>
          <caption class="model-note">
            On the {metrics['rows'] ?? 'unknown number of'} rows of its holdout, which nothing was fitted or
            chosen on; ± is the 95 % range. Best naive rule in bold.
          </caption>
          <thead>
            <tr>
              <th scope="col">score</th>
              <th scope="col" class="number">
                this model
              </th>
              {columns.map((rule) => (
                <th key={rule} scope="col" class="number">
                  {ruleName(rule)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((name) => {
              const { low = null, high = null } = intervals[name] ?? {};
              const { sign, title } = kinds[name];
              const known = columns.flatMap((rule) => baselines[rule]?.[name] ?? []);
              const best = known.length === 0 ? null : sign * Math.max(...known.map((value) => sign * value));
              return (
                <tr key={name}>
                  <th scope="row">
                    {title}
                    {sign < 0 && <span class="none"> (less is better)</span>}
                  </th>
                  <td class="number">
                    {scoreText({ name, value: metrics[name] ?? null, low, high }, metrics['rows'])}
                  </td>
                  {columns.map((rule) => {
                    const value = baselines[rule]?.[name] ?? null;
                    return (
                      <td key={rule} class="number">
                        {value !== null && value === best ? (
                          <strong>{valueOf(name, value)}</strong>
                        ) : (
                          valueOf(name, value)
                        )}
                      </td>
                    );
                  })}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      <dl class="more-scores">
        {plain.map(([name, value]) => (
          <div key={name}>
            <dt>{wordsOf(name, model)}</dt>
            <dd class="number">{value === null ? (model.no_sharpe ?? 'not defined') : shown(name, value)}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

const words: Readonly<Record<string, string>> = {
  rows: 'rows judged',
  max_drawdown: 'largest drawdown',
  exposure: 'share of bars not flat',
  // Of models from before it was over a rule.
  deflated_sharpe: 'deflated Sharpe (0.95 is the bar)',
  sharpe_by_luck: 'Sharpe by luck of so many tries',
  trials: 'tried for this pair',
  excess_sharpe: 'Sharpe over RULE',
  deflated_excess_sharpe: 'deflated Sharpe over RULE (0.95 is the bar)',
  excess_sharpe_by_luck: 'Sharpe over RULE by luck of so many tries',
};

function wordsOf(name: string, { excess_over }: Model): string {
  const rule = excess_over === null ? 'the best naive rule' : `${ruleName(excess_over)}, the best naive rule`;
  return words[name]?.replace('RULE', rule) ?? name.replaceAll('_', ' ');
}

const shares = ['max_drawdown', 'exposure'];

const shown = (name: string, value: number): string =>
  shares.includes(name)
    ? `${(100 * value).toFixed(1)} %`
    : Number.isInteger(value)
      ? countOf(value)
      : fixed(value, 3);
