// ml strategies through the real command: what there is, what is wrong with one, and one to start from.
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeEach, expect, test } from '@jest/globals';
import { startLab } from './ml.ts';

const lab = await startLab();
const STRATEGIES_DIR = await mkdtemp(path.join(tmpdir(), 'strategies-'));
afterAll(async () => {
  await lab.end();
  await rm(STRATEGIES_DIR, { recursive: true });
});
beforeEach(() => lab.reset());
const ml = (...args: string[]) => lab.ml(args, { STRATEGIES_DIR });
interface Line {
  readonly strategy_type: string;
  readonly problem: string | null;
}
const listed = async (): Promise<Line[]> => JSON.parse((await ml('strategies', '--json')).out) as Line[];

test('without a folder of their own there are the built-ins, and how to begin', async () => {
  const { code, out } = await ml('strategies');
  expect(code).toBe(0);
  expect(out).toMatch(/ensemble.*\n.*lstm.*\n.*rl/);
  expect(out).toMatch(/None of your own in .*"ml strategies new NAME"/);
});

test('a new one is one that can be used as it is, asked for and found', async () => {
  await lab.addBars('GOOG', 200);
  const made = await ml('strategies', 'new', 'momentum');
  expect(made).toMatchObject({ code: 0 });
  const file = path.join(STRATEGIES_DIR, 'momentum/strategy.ts');
  expect(made.out).toContain(file);
  expect(await readFile(file, 'utf8')).toMatch(/export default \{/);
  expect(await ml('strategies', 'new', 'momentum')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/there already/),
  });
  expect((await listed()).find(({ strategy_type }) => strategy_type === 'momentum')).toMatchObject({
    built_in: false,
    scope: 'symbol',
    learner: 'ensemble',
    window: 21,
    features: ['return_1', 'return_5', 'return_20'],
    sum: expect.stringMatching(/^[0-9a-f]{64}$/),
    planned: true,
    problem: null,
  });
  expect(await ml('train', 'momentum', 'GOOG')).toMatchObject({ code: 0 });
  const jobs = await lab.sql<
    { strategy_type: string; symbol: string }[]
  >`SELECT strategy_type, symbol FROM ml_training_jobs`;
  expect([...jobs]).toEqual([{ strategy_type: 'momentum', symbol: 'GOOG' }]);
  expect((await ml('completion', 'bash')).out).toContain('ensemble lstm rl momentum');
});

interface Finding {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
  readonly advice: string;
}
const doctorsLine = async (): Promise<Finding | undefined> =>
  (JSON.parse((await ml('doctor', '--json')).out) as Finding[]).find(({ check }) => check === 'strategies');

test('the doctor says how many there are, and whether the fleet knows the same code', async () => {
  expect(await doctorsLine()).toEqual({
    check: 'strategies',
    ok: true,
    detail: `1 of your own in ${STRATEGIES_DIR}: momentum`,
    advice: '',
  });
  await lab.sql`UPDATE ml_strategies SET sum = ${'0'.repeat(64)} WHERE strategy_type = 'momentum'`;
  expect(await doctorsLine()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/\nmomentum: the fleet was told of other code at .* \(sum 00000000, here /),
    advice: expect.stringMatching(/mount the same folder in every trainer/),
  });
});

test('a new one trains as it is written, and says how to look at it', async () => {
  await lab.addBars('WAVES', 200);
  // Bars that move: of those that don't nothing can be learnt.
  await lab.sql`UPDATE market_data SET close = 10 + 0.4 * sin(extract(epoch FROM time) / 200000)`;
  const checked = await ml('strategies', 'check', 'momentum', 'WAVES');
  expect(checked).toMatchObject({ code: 0 });
  expect(checked.out).toMatch(/^training +ok /m);
  expect(await readFile(path.join(STRATEGIES_DIR, 'momentum/strategy.ts'), 'utf8')).toMatch(
    /"ml strategies check NAME SYMBOL"/,
  );
});

test.each([
  ['lstm', /lstm is a built-in strategy/],
  ['../x', /can't be the name of a strategy/],
  ['Momentum', /can't be the name of a strategy/],
  ['all', /a word with another meaning/],
])('none is written by the name %s', async (name, words) => {
  expect(await ml('strategies', 'new', name)).toMatchObject({ code: 1, err: expect.stringMatching(words) });
});

test('what is wrong with one is said by its file and line, and keeps no other from being listed', async () => {
  await mkdir(path.join(STRATEGIES_DIR, 'broken'));
  await writeFile(path.join(STRATEGIES_DIR, 'broken/strategy.ts'), 'export default {\n  learner: \n};\n');
  const { code, out } = await ml('strategies');
  expect(code).toBe(1);
  expect(out).toMatch(/broken can not be used: .*broken\/strategy\.ts/);
  expect(out).toMatch(/momentum/);
  expect(await doctorsLine()).toMatchObject({
    ok: false,
    detail: expect.stringMatching(/\nbroken can not be used: .*broken\/strategy\.ts:3: /),
    advice: expect.stringMatching(/^mend broken; /),
  });
  expect(await ml('train', 'broken', 'GOOG')).toMatchObject({
    code: 1,
    err: expect.stringMatching(/is no strategy/),
  });
});
