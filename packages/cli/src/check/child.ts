// The process that a strategy is looked at in: its calls are waited for without an event loop, so that nobody
// in here could say how far it is.
import { errorFacts, isBuiltIn, strategyOf } from '@ml-training/core';
import { checkStrategy, describeStrategy, loadStrategy, type Bars } from '@ml-training/strategies';
import type { CheckedFacts, CheckOrder, FromChild, ToChild } from './messages.ts';

const say = (message: FromChild): Promise<void> =>
  new Promise((resolve) => process.send!(message, () => resolve()));

const bars = Promise.withResolvers<readonly Bars[]>();
process.on('message', (message: ToChild) => {
  if ('bars' in message) bars.resolve(message.bars);
  else
    void look(message.order)
      .catch((error: unknown) => say({ kind: 'failed', message: errorFacts(error).error }))
      .then(() => process.exit(0));
});
// Whoever asked is gone.
process.on('disconnect', () => process.exit(1));

async function look({ strategiesDir, strategy: type, ...options }: CheckOrder): Promise<void> {
  const log = (line: string): void => void say({ kind: 'console', line });
  const facts = await factsOf(strategiesDir, type, log);
  await say({ kind: 'facts', facts });
  const given = await bars.promise;
  const strategy = await loadStrategy(type, { strategiesDir, log });
  const check = await checkStrategy(
    strategy,
    given,
    { ...options, settings: facts.settings },
    (fraction, stage) => void say({ kind: 'stage', fraction, stage }),
  );
  await say({ kind: 'checked', check });
}

async function factsOf(dir: string, type: string, log: (line: string) => void): Promise<CheckedFacts> {
  if (isBuiltIn(type)) {
    const { scope, settings, description } = strategyOf(type);
    return { scope, settings, description, learner: type, params: [], needs: null, sum: null, file: null };
  }
  const { params, ...facts } = await describeStrategy(dir, type, { log });
  const { scope, settings, description, learner, needs = null, sum, file } = facts;
  return { scope, settings, description, learner, needs, sum, file, params: Object.keys(params) };
}
