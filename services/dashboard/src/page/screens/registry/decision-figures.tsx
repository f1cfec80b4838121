import type { Model } from '../../../schemas/models.ts';
import { fixed, ruleName } from '@ml-training/sdk';

type Facts = NonNullable<Model['decision_facts']>;

/** What a decision was made by: the model less its floor, and less the model in use then. */
export function DecisionFigures({ facts }: { readonly facts: Model['decision_facts'] }) {
  if (facts === null || (facts.floor === null && facts.comparison === null)) return null;
  const { floor, comparison, metric } = facts;
  return (
    <dl class="more-scores">
      {floor !== null && (
        <div>
          <dt>
            over its floor ({ruleName(floor.rule)}), on {floor.rows} bars
          </dt>
          <dd class="number">
            {differenceOf(floor, metric)}
            {floor.passed ? '' : ': below it'}
          </dd>
        </div>
      )}
      {comparison !== null && (
        <div>
          <dt>over the model then in use, on {comparison.rows} bars new to both</dt>
          <dd class="number">{differenceOf(comparison, metric)}</dd>
        </div>
      )}
    </dl>
  );
}

const units: Readonly<Record<string, { readonly unit: string; readonly show: (value: number) => string }>> = {
  log_likelihood: { unit: 'log-likelihood a bar', show: (value) => fixed(value, 4) },
  net_return: { unit: 'basis points a bar', show: (value) => fixed(10_000 * value, 2) },
  squared_error: {
    unit: 'squared error a bar',
    show: (value) => (value === 0 ? '0' : value.toExponential(2).replaceAll('-', '−')),
  },
};

/** As in: −0.0412 (−0.0600 to −0.0210) log-likelihood a bar */
function differenceOf({ difference, low, high }: NonNullable<Facts['comparison']>, metric: string): string {
  const { unit, show } = units[metric] ?? { unit: metric, show: String };
  return `${show(difference)} (${show(low)} to ${show(high)}) ${unit}`;
}
