import type { RegisteredModel } from './types.ts';

export type FittedFacts = Pick<
  RegisteredModel,
  'data_to' | 'holdout_from' | 'holdout_to' | 'judged_data_to' | 'refit_rows'
>;

/**
 * What a model was judged on and what it was fitted on, as in: judged on the bars 2024-01-02 to 2024-03-01, refitted
 * on all 945 rows to 2024-03-04. Null of a model from before that was kept.
 */
export function fittedInWords(model: FittedFacts): string | null {
  const { data_to, holdout_from, holdout_to, judged_data_to, refit_rows } = model;
  if (holdout_from === null || holdout_to === null) return null;
  const judged = `judged on the bars ${minuteOf(holdout_from)} to ${minuteOf(holdout_to)}`;
  return judged_data_to === null || refit_rows === null
    ? `${judged}, fitted on those to ${minuteOf(data_to)}`
    : `${judged}, refitted on all ${refit_rows} rows to ${minuteOf(data_to)}`;
}

/** `2024-03-01`, of bars within a day `2024-03-01 14:30`; UTC. */
function minuteOf(time: Date): string {
  const text = time.toISOString();
  return text.slice(11, 16) === '00:00' ? text.slice(0, 10) : text.slice(0, 16).replace('T', ' ');
}
