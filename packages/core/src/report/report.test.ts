import { expect, test } from '@jest/globals';
import type { HoldoutRecord, RegisteredModel } from '../registry/index.ts';
import { holdoutCsv } from './csv.ts';
import type { ReportFacts } from './facts.ts';
import { reportPage } from './page.ts';

const hour = 3_600_000;
const at = (i: number): Date => new Date(Date.UTC(2026, 0, 1) + i * hour);
const rows = 120;
const column = (of: (i: number) => number): number[] => Array.from({ length: rows }, (_, i) => of(i));

const holdout: HoldoutRecord = {
  rows,
  horizon: 1,
  cost_bps: 5,
  times: Array.from({ length: rows }, (_, i) => at(i).toISOString()),
  closes: column((i) => 100 + i),
  task: 'binary',
  scores: [null, ...column((i) => 0.4 + i / 500).slice(1)],
  positions: column((i) => (i % 3) - 1),
  returns: column((i) => Math.sin(i) / 100),
  equity: column((i) => 1 + i / 1000),
  buy_and_hold: column((i) => 1 - i / 2000),
  calibration: [
    { from: 0.4, to: 0.5, count: 60, predicted: 0.45, observed: 0.4 },
    { from: 0.5, to: 0.6, count: 60, predicted: 0.55, observed: 0.6 },
  ],
};

const model: RegisteredModel = {
  model_id: '11111111-0000-4000-8000-000000000000',
  strategy_type: 'ensemble',
  symbol: 'GOOG',
  created_at: at(0),
  is_active: true,
  activated_at: at(1),
  withdrawn_at: null,
  file_path: 'models/ensemble/GOOG/model_20260101_000000.pkl',
  sha256: 'a'.repeat(64),
  size_bytes: '1000',
  job_id: '22222222-0000-4000-8000-000000000000',
  holdout_from: at(-20),
  holdout_to: at(-10),
  judged_data_to: null,
  refit_rows: null,
  bar_seconds: 3600,
  metrics: {
    rows,
    accuracy: 0.53,
    log_loss: 0.69,
    return: 0.12,
    sharpe: null,
    trials: 7,
    excess_over: 'buy_and_hold',
    excess_sharpe: 1.25,
    deflated_excess_sharpe: 0.91,
    excess_sharpe_by_luck: 0.8,
    intervals: { accuracy: { low: 0.44, high: 0.62 } },
    baselines: { majority_class: { accuracy: 0.5, log_loss: 0.693 }, buy_and_hold: { return: 0.1 } },
  },
  decision: 'Promoted: the first model of this pair.',
  decision_facts: {
    ground: 'compared',
    policy: 'not-worse',
    metric: 'log_likelihood',
    champion_id: '33333333-0000-4000-8000-000000000000',
    floor: { rule: 'majority_class', passed: true, rows, difference: 0.01, low: -0.002, high: 0.02 },
    comparison: { rows: 90, difference: 0.003, low: -0.001, high: 0.007 },
    nothing_learnt: false,
    incomparable_runs: 0,
  },
  data_from: at(-900),
  data_to: at(-10),
  data_sha256: 'b'.repeat(64),
  params: { horizon: 1, learning_rate: 0.05, features: ['lag_1'] },
  code_sha256: null,
};

const loss = (name: string, mean: number) => ({ name, loss: mean, error: 0.001, deviation: null });
const facts: ReportFacts = {
  model,
  now: at(200),
  holdout,
  importances: {
    permutation: {
      metric: 'log_likelihood',
      rows: 100,
      symbols: ['GOOG'],
      repeats: 2,
      features: [loss('lag_1', 0.02), loss('body', -0.0005)],
      groups: [{ ...loss('single returns', 0.021), features: ['lag_1'] }],
    },
    importance: { lag_1: 0.75, body: 0.25 },
    splits: { lag_1: 31, body: 12 },
    coefficients: { lag_1: 0.2, body: -0.01 },
  },
  curves: [1, 2, 3].flatMap((step) => [
    { step, name: 'loss', value: 0.7 - step / 100 },
    { step, name: 'validation_loss', value: 0.71 - step / 200 },
  ]),
  training: {
    job_id: model.job_id!,
    completed_at: at(0),
    seed: 42,
    threads: 1,
    lineage: { reason: 'warm start from the model in use' },
    warnings: ['look at the bar of 2026-01-02'],
    data_check: { findings: [{ kind: 'gap', words: 'GOOG: 3 bars are missing in one gap' }] },
  },
  live: [1, 2, 3].map((i) => ({
    scored_at: at(100 + i),
    rows: 60 + i,
    first_row: at(100),
    last_row: at(100 + i),
    score: 'log_loss',
    value: 0.69,
    rule: 'majority_class',
    rule_value: 0.693,
    difference: 0.003,
    low: -0.01,
    high: 0.02,
    verdict: 'within' as const,
  })),
  versions: [
    {
      model_id: model.model_id,
      strategy_type: 'ensemble',
      symbol: 'GOOG',
      created_at: at(0),
      is_active: true,
      activated_at: at(1),
      decision: 'Promoted: better on 90 rows.',
      data_to: at(-10),
      judged_data_to: null,
      rows,
      score: {
        name: 'log_loss',
        value: 0.69,
        low: null,
        high: null,
        baseline: 0.693,
        rule: 'majority_class',
      },
    },
  ],
  lineage: null,
};

/** The text of a section, tags and spaces taken out. */
function section(page: string, title: string): string {
  const [, after] = page.split(`<h2>${title}</h2>`);
  if (after === undefined) throw new Error(`the report has no ${title}`);
  return after
    .split('</section>')[0]!
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');
}

test('a report has every part, with its figures, and nothing from elsewhere', () => {
  const page = reportPage(facts);
  expect(page).toContain('<h1>ensemble GOOG</h1>');
  expect(page).toContain('Promoted: the first model of this pair.');
  expect(page).toContain('in use since 2026-01-01 01:00 UTC');
  expect(page).toContain('0.01000 (−0.00200 to 0.02000) on 120 rows, against majority class: passed');
  expect(section(page, 'Scores on the holdout')).toMatch(/accuracy 0\.530 ± 0\.090 0\.500 –/);
  expect(section(page, 'Luck of many tries')).toMatch(/counted 7 .*buy and hold.*1\.25.*0\.80.*0\.910/);
  expect(section(page, 'Back-test')).toContain('Capital after costs, % of the start');
  expect(section(page, 'Calibration')).toMatch(/0\.5 to 0\.6 60 0\.550 0\.600/);
  expect(section(page, 'What the model looks at')).toMatch(
    /100 rows .*mean of 2 shuffles.*single returns 0\.02100 0\.00100.*lag_1 0\.02000 0\.00100.*body −0\.00050.*75\.0 % 31 0\.2000/,
  );
  expect(section(page, 'Learning curves')).toMatch(/loss validation_loss/);
  expect(section(page, 'On the bars since its training')).toContain('a difference within noise');
  expect(section(page, 'Decisions on this pair')).toContain('Promoted: better on 90 rows.');
  expect(section(page, 'Settings and origin')).toMatch(
    /look at the bar of 2026-01-02.*What the data check found.* GOOG: 3 bars are missing .*a bar every 1 hour.*seed 42 .*learning_rate 0\.05/,
  );
  // Only what stands out of the noise is in colour.
  expect(page.match(/<tr class="clear">/g)).toHaveLength(2);
  expect(page.match(/<svg /g)!.length).toBeGreaterThanOrEqual(8);
  expect(page).not.toMatch(/<script|<link|<img|url\(|https?:|NaN|undefined|Infinity|\[object/);
});

test('text is text, wherever it comes from: names, words, settings, features', () => {
  const evil = '<script>alert("1")</script>&\'';
  const page = reportPage({
    ...facts,
    model: {
      ...model,
      strategy_type: evil,
      symbol: evil,
      decision: evil,
      file_path: evil,
      params: { [evil]: evil },
      metrics: { ...model.metrics, excess_over: evil, baselines: { [evil]: { accuracy: 0.5 } } },
    },
    importances: {
      permutation: { ...facts.importances!.permutation!, features: [loss(evil, 1)], symbols: [evil] },
    },
    curves: facts.curves.map((point) => ({ ...point, name: `${evil}${point.name}` })),
    training: { ...facts.training!, warnings: [evil], lineage: { reason: evil } },
    versions: facts.versions.map((version) => ({ ...version, decision: evil })),
  });
  expect(page).not.toContain('<script');
  expect(page).not.toContain('alert("1")');
  expect(page.split('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;').length).toBeGreaterThan(
    12,
  );
});

test('what is not known of an older model is said, part by part', () => {
  const page = reportPage({
    ...facts,
    model: {
      ...model,
      metrics: {},
      decision_facts: null,
      is_active: false,
      activated_at: null,
      job_id: null,
    },
    holdout: null,
    importances: null,
    curves: [],
    training: null,
    live: [],
    lineage: null,
  });
  expect(page).toContain('never in use');
  for (const [title, words] of [
    ['Scores on the holdout', 'No scores are kept of this model.'],
    ['Luck of many tries', 'Not known of this model.'],
    ['Back-test', 'trained before the fleet kept what models say of their holdout'],
    ['Calibration', 'Not known of this model.'],
    ['What the model looks at', 'Not kept any more'],
    ['Learning curves', 'Not kept any more'],
    ['On the bars since its training', 'only models in use are'],
  ] as const)
    expect(section(page, title)).toContain(words);
  expect(page).not.toMatch(/NaN|undefined|Infinity/);
});

test('of long holdouts the pictures keep the deepest fall', () => {
  const long = 10_000;
  const equity = Array.from({ length: long }, (_, i) => (i === 5_003 ? 0.2 : 1));
  const times = equity.map((_, i) => at(i).toISOString());
  const page = reportPage({
    ...facts,
    holdout: { ...holdout, rows: long, times, equity, buy_and_hold: equity.map(() => 1), calibration: [] },
  });
  expect(page.length).toBeLessThan(150_000);
  // The line of the capital reaches the bottom of its picture, which the fall alone does.
  const lowest = [...page.matchAll(/class="line hue-0" d="([^"]*)"/g)].map(([, path]) =>
    Math.max(
      ...path!
        .split(/[ML]/)
        .slice(1)
        .map((point) => Number(point.split(' ')[1])),
    ),
  );
  expect(lowest[0]).toBeGreaterThan(180);
});

test('the CSV has each row as it was kept, to the last digit', () => {
  const [header, ...lines] = holdoutCsv(holdout).trimEnd().split('\n');
  expect(header).toBe('time,close,score,position,return,equity,buy_and_hold');
  expect(lines).toHaveLength(rows);
  expect(lines[0]).toBe('2026-01-01T00:00:00.000Z,100,,-1,0,1,1');
  lines.forEach((line, i) => {
    const [time, ...numbers] = line.split(',');
    const { closes, scores, positions, returns, equity, buy_and_hold } = holdout;
    expect(time).toBe(holdout.times[i]);
    expect(numbers.map((text) => (text === '' ? null : Number(text)))).toEqual(
      [closes, scores, positions, returns, equity, buy_and_hold].map((values) => values[i]),
    );
  });
});
