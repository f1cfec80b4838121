// The process that asks the user's own strategies what they are: their code runs in it, and in no service.
import { describeStrategy, listUserStrategies } from '@ml-training/strategies';
import type { Described } from './own-strategies.ts';

process.on('message', ({ strategiesDir }: { strategiesDir: string }) => {
  void describeAll(strategiesDir).then((all) => process.send!(all, () => process.exit(0)));
});

async function describeAll(strategiesDir: string): Promise<Described[]> {
  const all: Described[] = [];
  for (const { name, problem } of await listUserStrategies(strategiesDir))
    all.push(problem === null ? await describeOne(strategiesDir, name) : { name, facts: null, problem });
  return all;
}

async function describeOne(strategiesDir: string, name: string): Promise<Described> {
  try {
    return { name, facts: await describeStrategy(strategiesDir, name), problem: null };
  } catch (error) {
    return { name, facts: null, problem: error instanceof Error ? error.message : String(error) };
  }
}
