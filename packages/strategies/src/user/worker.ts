// The thread that the user's code runs in. It does what the session asks of it, one call after the other;
// while `fit` awaits something, other calls are answered in between.
import { workerData } from 'node:worker_threads';
import type { LearnerContext, LoadContext, UserLearner, UserModel, UserStrategy } from '@ml-training/sdk';
import { createRandom, restoreRandom } from '../random.ts';
import { describe, settle, strategyOf } from './declaration.ts';
import { labelValuesOf } from './label-declaration.ts';
import { ImportError, lockDownGlobals, lockDownImports } from './lock-down.ts';
import {
  send,
  type CallName,
  type Calls,
  type Failure,
  type FromWorker,
  type ToWorker,
  type WorkerSetup,
} from './messages.ts';
import { placeOf, wordsOf } from './place.ts';
import { columnsOf, numberOf, plainOf, plainRecordOf, predictedOf } from './returned-values.ts';
import { DeclarationError } from './validate.ts';

const { port, sent, code } = workerData as WorkerSetup;
const say = (message: FromWorker): void => send(port, sent, message);

lockDownGlobals((line) => say({ kind: 'log', line: line.slice(0, 2_000) }));
lockDownImports(code);

/** Loaded at the first call, so that an error of loading is the answer to it. */
let loading: Promise<UserStrategy> | null = null;
const strategy = (): Promise<UserStrategy> =>
  (loading ??= import(`${code.base}strategy.ts`).then((module: Record<string, unknown>) =>
    strategyOf(module),
  ));

const models = new Map<number, { readonly model: UserModel; readonly context: LoadContext }>();
let lastModel = 0;
let keptState: (() => unknown) | null = null;
let proceed: (() => void) | null = null;

type Handlers = {
  readonly [Name in CallName]: (
    ...args: Calls[Name]['args']
  ) => Calls[Name]['answer'] | Promise<Calls[Name]['answer']>;
};

const handlers: Handlers = {
  describe: async () => describe(await strategy()),
  settle: async (params) => settle(await strategy(), params),
  features: async (bars, params) => columnsOf(await strategy(), bars, params),
  label: async (bars, params, horizon) => labelValuesOf(await strategy(), bars, params, horizon),

  fit: async (rows, { params, task, classes, seed, champion, resume, judged }) => {
    const kept = resume === null ? null : (resume as { readonly state: never; readonly random: never });
    const random = kept === null ? createRandom(seed).fork('learner') : restoreRandom(kept.random);
    const context: LearnerContext = {
      params,
      names: rows.train.names,
      task,
      classes,
      seed,
      random: random.next,
      champion,
      resume: kept === null ? null : kept.state,
      progress: (fraction, stage = 'training') => {
        const share = Math.min(1, Math.max(0, numberOf(fraction, 'what progress was given')));
        say({ kind: 'progress', fraction: share, stage });
      },
      epoch: (step, values) => {
        for (const [name, value] of Object.entries(values)) numberOf(value, `epoch's ${name}`);
        say({ kind: 'epoch', step: numberOf(step, "epoch's step"), values: { ...values } });
      },
      checkpoint: (state) => {
        keptState = () => ({ state: state(), random: random.state() });
        return new Promise((resolve) => {
          proceed = resolve;
          say({ kind: 'checkpoint' });
        });
      },
    };
    const learner = learnerOf(await strategy());
    if (judged === null)
      return plainRecordOf(await learner.fit(rows, context), 'the state that fit returned');
    const refitted = await learner.refit!(rows.train, judged, context); // Where `describe` says that it refits.
    return plainRecordOf(refitted, 'the state that refit returned');
  },
  state: () => plainOf(keptState?.(), 'the checkpoint’s state'),

  load: async (state, context) => {
    const model = learnerOf(await strategy()).load(state, context) as unknown;
    if (typeof (model as UserModel | null)?.predict !== 'function')
      throw new DeclarationError('learner.load returned no model: return { predict(rows) { … } }');
    models.set(++lastModel, { model: model as UserModel, context });
    return lastModel;
  },
  predict: (number, rows) => {
    const { model, context } = models.get(number)!;
    return predictedOf(model.predict(rows), rows.rows, context);
  },
  unload: (number) => {
    models.delete(number);
    return null;
  },
};

function learnerOf({ learner }: UserStrategy): UserLearner {
  if (typeof learner === 'string') throw new DeclarationError(`learner is ${learner}, which fits by itself`);
  return learner;
}

port.on('message', (message: ToWorker) => {
  if (message.kind === 'proceed') {
    proceed?.();
    proceed = null;
    return;
  }
  void answer(message);
});

async function answer({ id, name, args }: Extract<ToWorker, { kind: 'call' }>): Promise<void> {
  try {
    // The session's types see to it that name and arguments go together.
    const value = await (handlers[name] as (...args: readonly unknown[]) => unknown)(...args);
    say({ kind: 'answer', id, value });
  } catch (error) {
    say({ kind: 'failure', id, failure: failureOf(error) });
  }
}

function failureOf(error: unknown): Failure {
  if (error instanceof ImportError) return { message: error.message, at: error.at };
  if (error instanceof DeclarationError) return { message: error.message, at: `${code.shown}strategy.ts` };
  return { message: wordsOf(error), at: placeOf(error, code) };
}
