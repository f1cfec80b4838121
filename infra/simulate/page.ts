import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { root } from '../bench/harness/paths.ts';
import { chart, type Curve } from './chart.ts';
import type { AtSize, Measured, Rate } from './facts.ts';
import { connectionsOf, limitsOf } from './limits.ts';
import { simulate } from './model/fleet.ts';
import { readScenario } from './options.ts';
import { inCount, inTime, limitsTable, table, validatedTable } from './tables.ts';

type Say = (line: string) => void;

const page = path.join(root, 'docs/scaling.md');
const curvesFile = path.join(root, 'docs/scaling-run.svg');
const symbolCounts = [10, 100, 1000, 10_000, 100_000] as const;
const trainerCounts = [1, 4, 16, 64, 256, 1000] as const;
/** Beyond it a run takes weeks, which nobody waits for. */
const mostSymbolsATrainer = 10_000;

/** The page's tables by the comments that they stand between; the curves are written with the first. */
const blocks: Readonly<Record<string, (measured: Measured, say: Say) => Promise<string> | string>> = {
  runs: async (measured, say) => {
    const curves = runTimes(measured, say);
    await writeFile(curvesFile, curveChart(curves));
    return runTable(curves);
  },
  limits: (measured) => [limits(measured, 10_000, 32), limits(measured, 100_000, 256)].join('\n\n'),
  rates: rateTable,
  sizes: ({ sizes }) => sizeTable(sizes),
  connections: connectionTable,
  validated: ({ validated = [] }) =>
    validated.length === 0 ? 'Not tried on this machine yet.' : validatedTable(validated),
  jobs: (measured) => jobTable(measured),
  circumstances: (measured) => circumstances(measured),
};
export const blockNames = Object.keys(blocks);

/** Writes these tables of docs/scaling.md anew; its text is kept. @throws Error where the page has no place for one */
export async function writePage(names: readonly string[], measured: Measured, say: Say): Promise<void> {
  for (const name of names) {
    const block = await blocks[name]!(measured, say);
    const text = await readFile(page, 'utf8');
    const place = new RegExp(`(<!-- simulate: ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(text))
      throw new Error(`docs/scaling.md has no <!-- simulate: ${name} --> … <!-- end -->`);
    await writeFile(
      page,
      text.replace(place, (_, before: string, after: string) => `${before}\n${block}\n\n${after}`),
    );
    say(`written: ${name}`);
  }
}

/** Seconds that a run of three strategies takes, by trainers. */
function runTimes(measured: Measured, say: Say): readonly Curve[] {
  return trainerCounts.map((trainers) => ({
    name: `${trainers} ${trainers === 1 ? 'trainer' : 'trainers'}`,
    points: symbolCounts.flatMap((symbols) => {
      if (symbols / trainers > mostSymbolsATrainer) return [];
      const { scenario } = readScenario({
        symbols: String(symbols),
        trainers: String(trainers),
        cron: '0 0 * * *',
        runs: '1',
      });
      const { runs } = simulate(scenario, measured);
      const seconds = runs[0]!.seconds!;
      say(`${symbols} symbols, ${trainers} trainers: ${inTime(seconds)}`);
      return [[symbols, seconds] as const];
    }),
  }));
}

const runTable = (curves: readonly Curve[]): string =>
  table(
    ['symbols × 3', ...curves.map(({ name }) => name)],
    symbolCounts.map((symbols, i) => [
      inCount(symbols),
      ...curves.map(({ points }) => (points[i] === undefined ? '' : inTime(points[i][1]))),
    ]),
  );

const curveChart = (curves: readonly Curve[]): string =>
  chart(
    'Time of a run of three strategies, a core a trainer',
    { title: 'symbols', marks: symbolCounts.map((value) => ({ value, text: inCount(value) })) },
    {
      title: 'time',
      marks: [
        { value: 10, text: '10 s' },
        { value: 60, text: '1 min' },
        { value: 600, text: '10 min' },
        { value: 3600, text: '1 h' },
        { value: 36_000, text: '10 h' },
        { value: 864_000, text: '10 d' },
        { value: 8_640_000, text: '100 d' },
      ],
    },
    curves,
  );

function limits(measured: Measured, symbols: number, trainers: number): string {
  const { scenario, periodSeconds } = readScenario({ symbols: String(symbols), trainers: String(trainers) });
  const head = `**${inCount(symbols)} symbols × 3 strategies an hour, ${trainers} trainers on as many cores:**`;
  return `${head}\n\n${limitsTable(limitsOf(scenario, measured, periodSeconds))}`;
}

function rateTable({ claims, renewals, completions }: Measured): string {
  const cell = (rates: readonly Rate[], { connections, running }: Rate): string => {
    const one = rates.find((rate) => rate.connections === connections && rate.running === running);
    return one === undefined ? '' : `${inCount(one.perSecond)} (${one.medianMs.toFixed(1)} ms)`;
  };
  return table(
    ['connections', 'jobs that run besides', 'claims a second', 'renewals a second', 'completions a second'],
    claims.map((rate) => [
      `${rate.connections}`,
      `${rate.running}`,
      ...[claims, renewals, completions].map((rates) => cell(rates, rate)),
    ]),
  );
}

function sizeTable(sizes: readonly AtSize[]): string {
  const names = [...new Set(sizes.flatMap(({ took }) => Object.keys(took)))];
  const figures = [...new Set(sizes.flatMap((one) => Object.keys(one.figures)))];
  return table(
    ['with a run of all pairs waiting', ...sizes.map(({ pairs }) => `${inCount(pairs)} pairs`)],
    [
      ...names.map((name) => [
        name,
        ...sizes.map(({ took }) => {
          const one = took[name];
          return one == null ? 'failed' : `${inTime(one.ms / 1000)} (${inTime(one.cpuMs / 1000)})`;
        }),
      ]),
      ...figures.map((name) => [name, ...sizes.map((one) => inCount(one.figures[name] ?? 0))]),
    ],
  );
}

function connectionTable(measured: Measured): string {
  const { connections } = measured;
  const rows = Object.entries(connections).filter(([role]) => role !== 'other');
  return [
    table(
      ['process', 'connections to PostgreSQL'],
      rows.map(([role, count]) => [role, `${count}`]),
    ),
    '',
    table(
      ['trainers', 'connections to PostgreSQL, all services'],
      trainerCounts.map((trainers) => [`${trainers}`, inCount(connectionsOf(measured, trainers))]),
    ),
  ].join('\n');
}

const jobTable = ({ jobs }: Measured): string =>
  table(
    ['strategy', 'from claim to completion', 'processor time', 'until the next claim'],
    Object.entries(jobs).map(([strategy, { seconds, cpuSeconds, betweenSeconds }]) => [
      strategy,
      `${inTime(Math.min(...seconds))} to ${inTime(Math.max(...seconds))}`,
      inTime(cpuSeconds),
      inTime(betweenSeconds),
    ]),
  );

const circumstances = ({ measured, coreSpeed, cores }: Measured): string =>
  [
    table(
      ['part', 'measured', 'load before it', 'commit'],
      Object.entries(measured).map(([part, one]) => [
        part,
        `${one.at.slice(0, 16).replace('T', ' ')} UTC`,
        one.load.toFixed(1),
        one.commit,
      ]),
    ),
    '',
    `${Object.values(measured).at(-1)?.machine ?? ''}. Each of ${cores} busy cores has ${Math.round(100 * (coreSpeed.at(-1) ?? 1))} % of the speed of one that is busy alone.`,
  ].join('\n');
