import type { Comparison, RefitWalk, SymbolWalk } from '@ml-training/strategies';

/** What the numbers come to, for whoever decides by them: one sentence on the naive rules, one on luck. */
export function conclusions({ pooled }: SymbolWalk): string {
  return [...rules(pooled.comparisons), luck(pooled)].join('\n');
}

function rules(comparisons: readonly Comparison[]): string[] {
  const better = comparisons.filter(({ low }) => low > 0);
  const worse = comparisons.filter(({ high }) => high < 0);
  const list = (found: readonly Comparison[]): string => found.map(describe).join('; ');
  return [
    better.length === 0
      ? 'Nothing here beats the naive rules beyond noise.'
      : `Better than the best naive rule beyond noise: ${list(better)}.`,
    ...(worse.length === 0 ? [] : [`Worse than the best naive rule beyond noise: ${list(worse)}.`]),
  ];
}

/** What refitting gained, over all blocks. */
export function refitConclusion({ comparisons }: RefitWalk): string {
  const beyond = comparisons.some(({ low, high }) => low > 0 || high < 0);
  const gained = comparisons.map((one) => inNumbers(one)).join('; ');
  return `Refitting gained ${gained}${beyond ? '' : ': nothing beyond noise'}.`;
}

const describe = (one: Comparison): string => inNumbers(one, `, against ${one.rule}`);

function inNumbers({ score, difference, low, high }: Omit<Comparison, 'rule'>, more = ''): string {
  const [name, unit, scale, digits] = {
    accuracy: ['accuracy', 'points', 100, 1],
    log_loss: ['log-likelihood', 'a row', 1, 4],
    squared_error: ['squared error', 'of the label’s unit squared a row', 1, null],
    return: ['return', 'basis points a bar', 10_000, 2],
  }[score] as [string, string, number, number | null];
  const show = (value: number): string =>
    digits === null ? value.toExponential(2) : (scale * value).toFixed(digits);
  return `${name} by ${show(difference)} ${unit} (${show(low)} to ${show(high)}${more})`;
}

function luck({ excess }: SymbolWalk['pooled']): string {
  const { deflated_excess_sharpe, excess_sharpe_by_luck, excess_over, trials, no_sharpe } = excess;
  const tried =
    trials === 1
      ? 'nothing else was tried for this pair'
      : `${trials} were tried for this pair (its trainings and evaluations, and this)`;
  if (deflated_excess_sharpe === null) return `No deflated Sharpe ratio: ${no_sharpe ?? ''}; ${tried}.`;
  const expected =
    trials === 1
      ? ''
      : `, of which the best would show a Sharpe ratio of ${excess_sharpe_by_luck!.toFixed(2)} by luck`;
  return (
    `Deflated Sharpe ratio over ${excess_over ?? ''}, the best naive rule: ${deflated_excess_sharpe.toFixed(3)}, the ` +
    `probability that the true one is above what luck explains (0.95 is the usual bar); ${tried}${expected}.`
  );
}
