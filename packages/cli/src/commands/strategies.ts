import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  isBuiltIn,
  plannedStrategies,
  refreshStrategies,
  strategyOf,
  strategyTypes,
  type Config,
  type Database,
} from '@ml-training/core';
import type { Described } from '@ml-training/inference';
import { print, printJson, table } from '../output.ts';
import { withDatabase } from '../servers.ts';
import { commandConfig } from '../settings.ts';
import type { CheckOptions } from './strategies-check.ts';
import { starter } from './strategies-starter.ts';

interface Options {
  readonly json?: true;
}

/** Lists the strategies there are, writes a new one of the user's own, or looks at one. */
export async function strategies(
  verb: 'new' | 'check' | undefined,
  name: string | undefined,
  symbols: readonly string[],
  options: Options & CheckOptions,
): Promise<void> {
  if (verb !== 'check' && (options.bars ?? options.params) !== undefined)
    throw new Error('--bars and --params go with "ml strategies check NAME SYMBOL" alone');
  if (verb === undefined) {
    await withDatabase((sql, config) => list(sql, config, options));
    return;
  }
  if (name === undefined)
    throw new Error(
      verb === 'new'
        ? 'what is it to be called? "ml strategies new NAME"'
        : 'which one, and on bars of which symbol? "ml strategies check NAME SYMBOL"',
    );
  if (verb === 'new') await writeNew(name, options);
  // Strategies are loaded for this alone.
  else await (await import('./strategies-check.ts')).checkOne(name, symbols, options);
}

interface Line {
  readonly strategy_type: string;
  readonly built_in: boolean;
  readonly scope: string | null;
  readonly learner: string | null;
  readonly label: string | null;
  readonly window: number | null;
  readonly features: readonly string[] | null;
  readonly sum: string | null;
  readonly planned: boolean;
  readonly problem: string | null;
}

async function list(sql: Database, config: Config, options: Options): Promise<void> {
  const { recordFolder } = await import('@ml-training/inference');
  const own = await recordFolder(sql, config.STRATEGIES_DIR);
  await refreshStrategies(sql);
  const planned = plannedStrategies(config);
  const named = new Set(own.map(({ name }) => name));
  const lines = [
    ...strategyTypes()
      .filter((type) => !named.has(type))
      .map((type) => knownLine(type, planned)),
    ...own.map((one) => ownLine(one, planned)),
  ];
  if (options.json === true) printJson(lines);
  else {
    print(
      table(
        ['strategy', 'scope', 'learner', 'label', 'window', 'features', 'sum', 'trained by runs'],
        lines
          .filter(({ problem }) => problem === null)
          .map((line) => [
            line.strategy_type,
            line.scope,
            line.learner,
            line.label,
            line.window,
            line.features?.length ?? null,
            line.sum?.slice(0, 8) ?? null,
            line.planned ? 'yes' : 'no',
          ]),
      ),
    );
    for (const { strategy_type, problem } of lines)
      if (problem !== null) print(`\n${strategy_type} can not be used: ${problem}`);
    if (own.length === 0)
      print(
        `\nNone of your own in ${config.STRATEGIES_DIR}: "ml strategies new NAME" writes one to start from.`,
      );
  }
  if (lines.some(({ problem }) => problem !== null)) process.exitCode = 1;
}

/** A built-in, or one whose folder is elsewhere or gone. */
function knownLine(type: string, planned: readonly string[]): Line {
  const { scope, label } = strategyOf(type);
  const builtIn = isBuiltIn(type);
  return {
    strategy_type: type,
    built_in: builtIn,
    scope,
    learner: builtIn ? type : null,
    label,
    window: null,
    features: null,
    sum: null,
    planned: planned.includes(type),
    problem: null,
  };
}

function ownLine({ name, facts, problem }: Described, planned: readonly string[]): Line {
  return {
    strategy_type: name,
    built_in: false,
    scope: facts?.scope ?? null,
    learner: facts?.learner ?? null,
    label: facts?.label ?? null,
    window: facts?.window ?? null,
    features: facts?.features ?? null,
    sum: facts?.sum ?? null,
    planned: problem === null && planned.includes(name),
    problem,
  };
}

/** Writes a strategy that can be trained as it is, to be changed. */
async function writeNew(name: string, options: Options): Promise<void> {
  const { STRATEGIES_DIR } = commandConfig();
  const { strategyNameProblem } = await import('@ml-training/strategies');
  const problem = strategyNameProblem(name);
  if (problem !== null)
    throw new Error(problem.replace(/, and rename the folder$|: give the folder another name$/, ''));
  const folder = path.join(STRATEGIES_DIR, name);
  if (existsSync(folder)) throw new Error(`${folder} is there already: take another name`);
  await mkdir(folder, { recursive: true });
  const file = path.join(folder, 'strategy.ts');
  await writeFile(file, starter);
  if (options.json === true) printJson({ strategy_type: name, file });
  else
    print(
      `${file}\n"ml strategies check ${name} SYMBOL" shows its features and tries it, ` +
        `"ml train ${name} SYMBOL --wait" trains it, docs/strategies.md has more.`,
    );
}
