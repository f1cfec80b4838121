import type { RegisteredModel } from './types.ts';

export type FittedFacts = Pick<
  RegisteredModel,
  'data_to' | 'holdout_from' | 'holdout_to' | 'judged_data_to' | 'refit_rows'
>;

/**
 * What a model was judged on and what it was fitted on, as in: judged on the bars 2024-01-02 to 2024-03-01, refitted
 * on all 945 rows to 2024-03-04.
 */
export function fittedInWords(model: FittedFacts): string {
  const { data_to, holdout_from, holdout_to, judged_data_to, refit_rows } = model;
  const judged =
    holdout_from === null || holdout_to === null
      ? ''
      : `judged on the bars ${minuteOf(holdout_from)} to ${minuteOf(holdout_to)}, `;
  if (judged_data_to === null) return `${judged}fitted on those to ${minuteOf(data_to)}`;
  return `${judged}refitted on all ${refit_rows ?? ''} rows to ${minuteOf(data_to)}`;
}

/** `2024-03-01`, of bars within a day `2024-03-01 14:30`; UTC. */
function minuteOf(time: Date): string {
  const text = time.toISOString();
  return text.slice(11, 16) === '00:00' ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}
