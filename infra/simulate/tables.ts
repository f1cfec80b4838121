import type { Validated } from './facts.ts';
import type { Limit } from './limits.ts';
import type { Outcome, Scenario } from './model/scenario.ts';
import { errorOf } from './validate.ts';

/** A table as Markdown has it, which a terminal shows as well. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, i) => Math.max(3, name.length, ...rows.map((row) => (row[i] ?? '').length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** 95 s, 12.3 min, 4.5 h: as people say it. */
export function inTime(seconds: number): string {
  if (seconds < 0.1) return `${(1000 * seconds).toFixed(1)} ms`;
  if (seconds < 120) return `${seconds < 10 ? seconds.toFixed(1) : seconds.toFixed(0)} s`;
  return seconds < 7200 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

export const inCount = (count: number): string => Math.round(count).toLocaleString('en');
const inPercent = (share: number): string => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)} %`;

export function outcomeTable(scenario: Scenario, outcome: Outcome): string {
  const { symbols, strategies, trainers, cores, hosts } = scenario;
  const runs = outcome.runs.map((run, i) => [
    `${i + 1}`,
    inCount(run.jobs),
    inCount(run.leftOut),
    run.expectedSeconds === null ? '' : inTime(run.expectedSeconds),
    run.seconds === null ? 'not ended' : inTime(run.seconds),
  ]);
  const { claims, completions } = outcome;
  const facts = [
    ['jobs completed, failed', `${inCount(outcome.completed)}, ${inCount(outcome.failed)}`],
    ['attempts tried again, leases that ended', `${inCount(outcome.retried)}, ${inCount(outcome.recovered)}`],
    ['jobs an hour', inCount(outcome.jobsAnHour)],
    ['cores busy', inPercent(outcome.coresBusy)],
    ['a job waits, on average', inTime(outcome.meanWaitSeconds)],
    [
      'claim lock: held; wait, longest',
      `${inPercent(claims.busy)}; ${inTime(claims.meanWaitSeconds)}, ${inTime(claims.longestWaitSeconds)}`,
    ],
    [
      'lock of the totals: held; wait, longest',
      `${inPercent(completions.busy)}; ${inTime(completions.meanWaitSeconds)}, ${inTime(completions.longestWaitSeconds)}`,
    ],
  ];
  return [
    `${inCount(symbols)} symbols × ${strategies.join(', ')}; ${trainers} trainers on ${cores} cores of ${hosts} machines\n`,
    table(['run', 'jobs', 'left out', 'planned', 'took'], runs),
    '',
    table(['what', 'came to'], facts),
    '',
  ].join('\n');
}

export const limitsTable = (limits: readonly Limit[]): string =>
  table(
    ['of what there is', 'needed', 'that is', 'to change'],
    limits.map(({ what, share, words, change }) => [
      what,
      `${inPercent(share)}${share > 1 ? ', too much' : ''}`,
      words,
      change,
    ]),
  );

export const validatedTable = (found: readonly Validated[]): string =>
  table(
    ['trainers', 'jobs', 'predicted', 'real', 'off by'],
    found.map((one) => [
      `${one.trainers}`,
      `${one.jobs}`,
      `${one.predicted.toFixed(1)} s`,
      `${one.real.toFixed(1)} s`,
      `${errorOf(one) < 0 ? '−' : '+'}${(100 * Math.abs(errorOf(one))).toFixed(1)} %`,
    ]),
  );
