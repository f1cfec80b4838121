// The process that loads models for the dashboard, and the only place of it that brings OpenBLAS and
// LightGBM along. It ends with the channel to its parent.
import { errorFacts, FleetError } from '@ml-training/core';
import type { Given, Question, Reply } from './messages.ts';

const reply = (answer: Reply): void => {
  process.send!(answer);
};
const failure = (about: 'native' | 'model' | 'bars', error: unknown): Reply => {
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : null;
  // Native errors come from whichever strategy is loaded first.
  const native =
    code !== null && /^(TENSORFLOW|LIGHTGBM|OPENBLAS|WHEEL|PLATFORM)_|^ERR_(MODULE|DLOPEN)/.test(code);
  // The bars may be what they will: its code is to be mended.
  const strategy = about === 'bars' && code === 'INVALID_STRATEGY';
  return {
    kind: 'failed',
    about: native ? 'native' : strategy ? 'strategy' : about,
    code,
    message: errorFacts(error).error,
  };
};

let given = Promise.withResolvers<Given>();
// Our own parent's messages only.
process.on('message', (message: { ask?: Question; given?: Given }) => {
  if (message.given !== undefined) given.resolve(message.given);
  if (message.ask !== undefined) void answer(message.ask).then(reply);
});

async function answer({ model, holding, explain, predict, ...folders }: Question): Promise<Reply> {
  const loaded = await load(folders, model);
  if ('kind' in loaded) return loaded;
  try {
    if (!predict) return { kind: 'loaded' };
    const { symbol, window, horizon, needs } = loaded.info;
    given = Promise.withResolvers();
    reply({ kind: 'bars', symbol, window, horizon, needs });
    const { bars } = await given.promise;
    if (bars === null) return { kind: 'loaded' };
    const { inputsOf } = await import('@ml-training/inference');
    const asked = [bars, { position: holding }, { inputs: inputsOf(bars) }] as const;
    const answer = await loaded.predict(...asked);
    const explanation = explain ? await loaded.explain(...asked) : null;
    const { probability, probabilities, score, says, action, position } = answer;
    const time = answer.time.toISOString();
    return { kind: 'answer', probability, probabilities, score, says, action, position, time, explanation };
  } catch (error) {
    return failure('bars', error);
  } finally {
    await loaded.retire();
  }
}

async function load(
  { models, strategiesDir }: Pick<Question, 'models' | 'strategiesDir'>,
  model: Question['model'],
) {
  // Apart, as a machine without the packages can say no more than that.
  const inference = await import('@ml-training/inference').catch((error: unknown) =>
    failure(error instanceof FleetError ? 'model' : 'native', error),
  );
  if ('kind' in inference) return inference;
  // loadRegistered looks at no other column.
  const row = model as Parameters<typeof inference.loadRegistered>[1];
  return inference
    .loadRegistered(models, row, strategiesDir)
    .catch((error: unknown) => failure('model', error));
}
