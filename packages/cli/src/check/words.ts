import type { Evaluation, LabelSummary, StrategyCheck, SymbolCheck } from '@ml-training/strategies';
import { table } from '../output.ts';
import type { Checked } from './run-check.ts';

/** What was found, for whoever writes the strategy. */
export function checkInWords(
  strategy: string,
  params: Readonly<Record<string, unknown>>,
  checked: Checked,
): string {
  const { facts, check, console } = checked;
  return [
    aboutIt(strategy, params, checked),
    ...check.symbols.flatMap((symbol) =>
      aboutSymbol(symbol, facts.scope === 'all', check.symbols.length > 1),
    ),
    table(
      ['check', 'verdict', 'found'],
      check.verdicts.map(({ check: name, ok, detail }) => [name, verdicts[String(ok)]!, detail]),
    ),
    ...check.warnings.map((warning) => `Warning: ${warning}.`),
    ...(check.evaluation === null ? [] : [aboutEvaluation(check.evaluation)]),
    ...(console.length === 0
      ? []
      : [`It wrote to its console:\n${console.map((line) => `  ${line}`).join('\n')}`]),
  ].join('\n\n');
}

const verdicts: Readonly<Record<string, string>> = { true: 'ok', false: 'FAILS', null: '-' };

function aboutIt(
  strategy: string,
  params: Readonly<Record<string, unknown>>,
  { facts, check }: Checked,
): string {
  const shown = [...new Set([...facts.params, ...Object.keys(params)])].map(
    (name) => `${name} ${JSON.stringify(params[name] ?? facts.settings[name]?.default ?? null)}`,
  );
  const lines: [string, string | null][] = [
    ['file', facts.file],
    ['sum', facts.sum],
    ['learner', `${facts.learner === 'own' ? 'its own' : facts.learner}, ${scopes[facts.scope]}`],
    ['window', check.window === null ? null : `${check.window} ${bars(check.window)} a row of features`],
    [
      'besides',
      facts.needs === null ? null : [...facts.needs.symbols, ...facts.needs.columns].join(', ') || null,
    ],
    ['label', check.label === null ? null : labelInWords(check.label)],
    ['params', shown.length === 0 ? null : shown.join(', ')],
  ];
  return [
    `${strategy}: ${facts.description}`,
    ...lines.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(9)}${value}`])),
  ].join('\n');
}

const scopes = { all: 'one model over all symbols', symbol: 'one model a symbol' } as const;
const bars = (count: number): string => (count === 1 ? 'bar' : 'bars');
const tasks = {
  binary: 'two classes',
  multiclass: 'several classes',
  regression: 'a number',
  policy: 'compared to, not learnt: it learns what to hold from what that earns',
} as const;

const labelInWords = ({ kind, task, horizon }: NonNullable<StrategyCheck['label']>): string =>
  `${kind} over ${horizon} ${bars(horizon)} (${tasks[task]})`;

function aboutSymbol(
  { symbol, bars: count, from, to, features, rows, labels }: SymbolCheck,
  overAll: boolean,
  several: boolean,
): string[] {
  const day = (time: string): string => time.slice(0, 16).replace('T', ' ');
  const alone =
    overAll && !several ? ' (a job trains over all symbols; name several to look at them together)' : '';
  return [
    `${symbol}: ${count} bars, ${day(from)} to ${day(to)} UTC${alone}`,
    ...(features.length === 0
      ? []
      : [
          table(
            ['feature', 'last 3 values', '', '', 'min', 'mean', 'max', 'deviation', 'first bar', ''],
            features.map((one) => [
              one.name,
              ...[0, 1, 2].map((i) => number(one.last[i])),
              number(one.min),
              number(one.mean),
              number(one.max),
              number(one.deviation),
              one.first_finite === null ? 'none' : one.first_finite + 1,
              noteOn(one),
            ]),
          ),
        ]),
    ...(rows === null || labels === null
      ? []
      : [`labels of the ${rows.train} training rows: ${balance(labels)}`]),
  ];
}

function noteOn({ not_finite, constant, first_finite }: SymbolCheck['features'][number]): string {
  if (first_finite === null || not_finite > 0) return `${not_finite} not finite`;
  return constant ? 'constant' : '';
}

function balance(labels: LabelSummary): string {
  if ('classes' in labels)
    return labels.classes
      .map(({ name, rows, share }) => `${name} ${(100 * share).toFixed(1)} % (${rows})`)
      .join(', ');
  const { mean, deviation, quantiles } = labels;
  const of = Object.entries(quantiles).map(([q, value]) => `${Number(q) * 100} % ${number(value)}`);
  return `mean ${number(mean)}, deviation ${number(deviation)}; quantiles ${of.join(', ')}`;
}

/** Scores of the model beside those of the naive rules. */
function aboutEvaluation({ symbols, reduced, seconds }: Evaluation): string {
  const smaller = Object.entries(reduced).map(([name, [from, to]]) => `${name} ${to} for ${from}`);
  const head =
    `A small training on these bars, ${seconds.toFixed(1)} s, kept nowhere` +
    (smaller.length === 0 ? ', with the settings of a job' : `; smaller than a job's: ${smaller.join(', ')}`);
  return [
    head,
    ...symbols.map(({ symbol, holdout, metrics, intervals, baselines }) => {
      const rules = Object.keys(baselines);
      return [
        `${symbol}, ${holdout.to - holdout.from} rows that nothing was fitted or chosen on, beside naive rules`,
        table(
          ['score', 'model', '95 % interval', ...rules],
          Object.entries(metrics)
            .filter(([name]) => name !== 'rows')
            .map(([name, value]) => {
              const interval = intervals[name];
              return [
                name,
                number(value),
                interval === undefined ? null : `${number(interval.low)} to ${number(interval.high)}`,
                ...rules.map((rule) => number(baselines[rule]![name])),
              ];
            }),
        ),
      ].join('\n');
    }),
  ].join('\n\n');
}

/** Four digits that count, and no exponent where a person can do without. */
function number(value: number | null | undefined): string {
  if (value === null) return 'NaN';
  if (value === undefined) return '';
  if (value === 0 || Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  return size >= 1000 ? value.toFixed(1) : String(Number(value.toPrecision(4)));
}
