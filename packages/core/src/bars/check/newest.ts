// The data check of what is stored, as it is shown to people.
import { setImmediate } from 'node:timers/promises';
import type { Database } from '../../database/connect.ts';
import { readBarsOfEach } from '../read.ts';
import type { CheckSettings } from './admit.ts';
import { checkBars, findingKinds, type DataCheck, type Finding, type FindingKind } from './index.ts';

/** What the data check, which trainings go by, finds in the newest `count` bars of each of these symbols. */
export async function checkNewest(
  sql: Database,
  { NEGATIVE_PRICES: negative, BAR_TIMES: stamped }: Omit<CheckSettings, 'DATA_CHECK'>,
  symbols: readonly string[],
  count: number,
): Promise<(DataCheck & { readonly times: Float64Array })[]> {
  const checks: (DataCheck & { readonly times: Float64Array })[] = [];
  for (const bars of await readBarsOfEach(sql, symbols, count)) {
    checks.push({ ...checkBars(bars, { now: Date.now(), negative, stamped }), times: bars.time });
    // Some milliseconds each: others get their turn in between.
    await setImmediate();
  }
  return checks;
}

/** 3: bars that can't be right, 2: prices or volumes that look wrong, 1: bars that are missing or not ready. */
type Severity = 1 | 2 | 3;

/** What each finding is in a cell of a table. */
const inACell: Readonly<Record<FindingKind, { readonly word: string; readonly severity: Severity }>> = {
  future: { word: 'after now', severity: 3 },
  unclosed: { word: 'unclosed bar', severity: 1 },
  off_grid: { word: 'off grid', severity: 3 },
  two_stampings: { word: 'two stampings', severity: 3 },
  mixed_intervals: { word: 'two intervals', severity: 3 },
  doubled: { word: 'doubled', severity: 2 },
  split: { word: 'split', severity: 2 },
  outlier: { word: 'outlier', severity: 2 },
  negative: { word: 'price ≤ 0', severity: 3 },
  gap: { word: 'gap', severity: 1 },
  stuck: { word: 'stuck', severity: 2 },
  zero_volume: { word: 'volume 0', severity: 1 },
  too_old: { word: 'too old', severity: 1 },
};

export interface ShortFinding extends Pick<Finding, 'kind' | 'words'> {
  readonly word: string;
  readonly severity: Severity;
}

/** Findings without what goes without saying: that the bars of a quiet symbol are old. */
export const notSaid = <F extends Pick<Finding, 'kind'>>(findings: readonly F[], quiet: boolean): F[] =>
  findings.filter(({ kind }) => !quiet || kind !== 'too_old');

/** Those of a list of symbols, the worst first. */
export const shortFindings = (findings: readonly Finding[], quiet: boolean): ShortFinding[] =>
  notSaid(findings, quiet)
    .map(({ kind, words }) => ({ kind, words, ...inACell[kind] }))
    .sort((a, b) => b.severity - a.severity || findingKinds.indexOf(a.kind) - findingKinds.indexOf(b.kind));

/** The worst one's word, and how many there are besides: `split +1`; empty where nothing was found. */
export const inShort = ([worst, ...others]: readonly ShortFinding[]): string =>
  worst === undefined ? '' : `${worst.word}${others.length === 0 ? '' : ` +${others.length}`}`;
