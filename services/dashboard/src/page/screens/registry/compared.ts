import type { Model } from '../../../schemas/models.ts';
import { fixed, isScoreName, kinds, scoreNames, scoreText } from '@ml-training/sdk';
import { countOf, utcOf } from '../../words.ts';

export interface Compared {
  readonly group: 'scores' | 'parameters' | 'facts';
  readonly name: string;
  readonly one: string;
  readonly other: string;
}

/** A setting or a fact as text. */
export const shownValue = (value: unknown): string =>
  value === undefined || value === null ? '–' : typeof value === 'string' ? value : JSON.stringify(value);

/** Everything of two models side by side. */
export function comparedModels(one: Model, other: Model): Compared[] {
  const both = (names: readonly string[]): string[] => [...new Set(names)];
  const score = ({ metrics, intervals }: Model, name: (typeof scoreNames)[number]): string => {
    const { low = null, high = null } = intervals[name] ?? {};
    return scoreText({ name, value: metrics[name] ?? null, low, high }, metrics['rows']);
  };
  const inEither = (name: string): boolean =>
    one.metrics[name] !== undefined || other.metrics[name] !== undefined;
  const others = both([...Object.keys(one.metrics), ...Object.keys(other.metrics)]).filter(
    (name) => !isScoreName(name),
  );
  const params = both([...Object.keys(one.params), ...Object.keys(other.params)]).sort();
  const fact = (name: string, of: (model: Model) => string): Compared => ({
    group: 'facts',
    name,
    one: of(one),
    other: of(other),
  });
  return [
    ...scoreNames.filter(inEither).map((name) => ({
      group: 'scores' as const,
      name: kinds[name].title,
      one: score(one, name),
      other: score(other, name),
    })),
    ...others.map((name) => ({
      group: 'scores' as const,
      name: name.replaceAll('_', ' '),
      one: number(one.metrics[name]),
      other: number(other.metrics[name]),
    })),
    ...params.map((name) => ({
      group: 'parameters' as const,
      name,
      one: shownValue(one.params[name]),
      other: shownValue(other.params[name]),
    })),
    fact('pair', ({ strategy_type, symbol }) => `${strategy_type} ${symbol}`),
    fact('trained', ({ created_at }) => utcOf(created_at)),
    fact('fitted on bars from', ({ data_from }) => utcOf(data_from)),
    fact('to', ({ data_to }) => utcOf(data_to)),
    fact('judged when fitted to', ({ data_to, judged_data_to }) => utcOf(judged_data_to ?? data_to)),
    fact('sha256 of its bars', ({ data_sha256 }) => data_sha256),
    fact('sha256 of its file', ({ sha256 }) => sha256),
    fact('bytes', ({ size_bytes }) => countOf(size_bytes)),
    fact(
      'parent',
      ({ lineage }) => lineage.ancestors[0]?.model_id.slice(0, 8) ?? lineage.continues_at ?? 'none',
    ),
    fact('decision', ({ decision }) => decision),
  ];
}

const number = (value: number | null | undefined): string =>
  value === null || value === undefined ? '–' : Number.isInteger(value) ? String(value) : fixed(value, 4);
