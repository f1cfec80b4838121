// What a session (session.ts) and its worker thread (worker.ts) say to each other.
import type { MessagePort } from 'node:worker_threads';
import type {
  Bars,
  FeatureRows,
  LabelClass,
  LearnerName,
  LearnerRows,
  LoadContext,
  Needs,
  Plain,
  PlainRecord,
  Scope,
  UserInput,
  UserParam,
  UserParams,
  UserSetting,
} from '@ml-training/sdk';

/** What it learns to say, without the numbers. */
export type LabelDescription =
  | { readonly kind: 'direction'; readonly neutral: 'costs' | 'volatility' | null }
  | { readonly kind: 'triple_barrier' }
  | { readonly kind: 'regression'; readonly of: 'log_return' | 'return' | 'own' }
  | { readonly kind: 'classes'; readonly classes: readonly LabelClass[] };

/** What a strategy's default export says, checked for its form. */
export interface Description {
  readonly learner: LearnerName | 'own';
  /** Of a learner of one's own. */
  readonly warmStart: boolean;
  /** Whether its own learner can fit a model once more on all rows. */
  readonly refits: boolean;
  readonly scope: Scope | null;
  readonly inputs: readonly UserInput[];
  readonly needs: Needs;
  readonly params: Readonly<Record<string, UserParam>>;
  readonly settings: Readonly<Record<string, UserSetting>>;
  readonly description: string | null;
  readonly horizon: number | 'of params' | null;
  readonly label: LabelDescription;
}

/** What follows from the values of its params. */
export interface Settled {
  readonly window: number;
  /** Null where the label leaves it to the setting. */
  readonly horizon: number | null;
  /** Those of the label: upper, lower, window, costs, volatility. */
  readonly labelNumbers: Readonly<Record<string, number>>;
  readonly names: readonly string[];
}

/** What a learner of one's own is told when it fits and when it loads. */
type LearnerOptions = Pick<LoadContext, 'params' | 'task' | 'classes'>;

interface FitOptions extends LearnerOptions {
  readonly seed: number;
  readonly champion: PlainRecord | null;
  readonly resume: Plain;
  /** The state that is to be fitted once more on the train rows; null to fit. */
  readonly judged: PlainRecord | null;
}

/** The calls, their arguments and answers. */
export interface Calls {
  readonly describe: { readonly args: readonly []; readonly answer: Description };
  readonly settle: { readonly args: readonly [UserParams]; readonly answer: Settled };
  readonly features: {
    /** The bars with the inputs and columns that the strategy needs. */
    readonly args: readonly [Bars, UserParams];
    /** Row-major. */
    readonly answer: { readonly names: readonly string[]; readonly data: Float64Array };
  };
  /** One a bar: of a regression its value, else the number of its class; NaN for none. */
  readonly label: {
    readonly args: readonly [Bars, UserParams, horizon: number];
    readonly answer: Float64Array;
  };
  readonly fit: { readonly args: readonly [LearnerRows, FitOptions]; readonly answer: PlainRecord };
  /** The state at the checkpoint that `fit` waits at. */
  readonly state: { readonly args: readonly []; readonly answer: Plain };
  /** Answers by what number `predict` finds the model. */
  readonly load: {
    readonly args: readonly [PlainRecord, LoadContext];
    readonly answer: number;
  };
  /** Of several classes rows × classes, row-major. */
  readonly predict: { readonly args: readonly [model: number, FeatureRows]; readonly answer: Float64Array };
  readonly unload: { readonly args: readonly [model: number]; readonly answer: null };
}
export type CallName = keyof Calls;

export type ToWorker =
  | { readonly kind: 'call'; readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
  /** Lets the `fit` that waits at a checkpoint on. */
  | { readonly kind: 'proceed' };

/** What went wrong in the user's code, with the place in it where that is known. */
export interface Failure {
  readonly message: string;
  /** `strategies/NAME/strategy.ts:12:5` */
  readonly at: string;
}

export type FromWorker =
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly failure: Failure }
  | { readonly kind: 'progress'; readonly fraction: number; readonly stage: string }
  | { readonly kind: 'epoch'; readonly step: number; readonly values: Readonly<Record<string, number>> }
  | { readonly kind: 'checkpoint' }
  | { readonly kind: 'log'; readonly line: string }
  /** From the supervisor: the worker is no more. */
  | { readonly kind: 'ended'; readonly failure: Failure };

export interface WorkerSetup {
  readonly port: MessagePort;
  /** Counts what was sent to the session, which sleeps on it. */
  readonly sent: Int32Array;
  readonly code: {
    readonly base: string;
    readonly shown: string;
    readonly files: Readonly<Record<string, Uint8Array>>;
  };
}

export interface SupervisorSetup {
  readonly worker: WorkerSetup;
  readonly port: MessagePort;
  readonly maxMemoryMb: number;
}

/** Sends to the session, and wakes it where it waits. */
export function send(port: MessagePort, sent: Int32Array, message: FromWorker): void {
  port.postMessage(message);
  Atomics.add(sent, 0, 1);
  Atomics.notify(sent, 0);
}
