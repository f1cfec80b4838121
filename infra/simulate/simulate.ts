// `npm run simulate`: how long a fleet takes for a run, and what breaks first; --measure, --validate, --write.
import { mkdir, rm } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readMeasured, writeMeasured, type Measured } from './facts.ts';
import { limitsOf } from './limits.ts';
import { measure, parts, workFolder } from './measure/index.ts';
import { simulate } from './model/fleet.ts';
import { readScenario, options } from './options.ts';
import { limitsTable, outcomeTable, validatedTable } from './tables.ts';
import { errorOf, validate } from './validate.ts';
import { blockNames, writePage } from './page.ts';

const usage = `npm run simulate [-- OPTIONS]                what a fleet does, by what was measured
npm run simulate -- --measure [PART…]         measures it anew: ${Object.keys(parts).join(', ')}
npm run simulate -- --validate                real fleets of 1, 2 and 4 trainers on this machine, beside their predictions
npm run simulate -- --write [TABLE…]          those of docs/scaling.md: ${blockNames.join(', ')}

${Object.entries(options)
  .map(([name, { about, default: usual }]) => `  --${name.padEnd(18)} ${about}; ${usual}`)
  .join('\n')}`;

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const began = performance.now();
const say = (line: string): void =>
  void process.stderr.write(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}\n`);

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const flag = { type: 'boolean', default: false } as const;
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      ...Object.fromEntries(Object.keys(options).map((name) => [name, { type: 'string' } as const])),
      measure: flag,
      validate: flag,
      write: flag,
      help: { ...flag, short: 'h' },
    },
  });
  if (values.help) print(usage);
  else if (values.measure) {
    const before = await readMeasured().catch(() => null);
    await measure(among(positionals, Object.keys(parts)), before, writeMeasured, say);
  } else if (values.write) await writePage(among(positionals, blockNames), await readMeasured(), say);
  else if (positionals.length > 0) throw new Error(`${positionals[0]}: --help shows what there is`);
  else {
    const measured = await readMeasured();
    if (values.validate) await validateNow(measured);
    else {
      const { scenario, periodSeconds } = readScenario(values);
      print(outcomeTable(scenario, simulate(scenario, measured, say)));
      print(limitsTable(limitsOf(scenario, measured, periodSeconds)));
    }
  }
}

/** Those that are named, or all. */
function among(named: readonly string[], all: readonly string[]): readonly string[] {
  const unknown = named.find((name) => !all.includes(name));
  if (unknown !== undefined) throw new Error(`there is no ${unknown}; there are ${all.join(', ')}`);
  return named.length === 0 ? all : named;
}

async function validateNow(measured: Measured): Promise<void> {
  await rm(workFolder, { recursive: true, force: true });
  await mkdir(workFolder, { recursive: true });
  const found = await validate(measured, workFolder, say);
  await writeMeasured({ ...measured, validated: found });
  print(validatedTable(found));
  if (found.some((one) => Math.abs(errorOf(one)) > 0.15)) process.exitCode = 1;
}
