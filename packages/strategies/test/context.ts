import type { TrainContext } from '../src/strategy.ts';

/** A training context that keeps what it is told. */
export function recorder(signal: AbortSignal = new AbortController().signal) {
  const progress: { fraction: number; stage: string }[] = [];
  const epochs: { step: number; values: Readonly<Record<string, number>> }[] = [];
  const context: TrainContext = {
    signal,
    progress: (fraction, stage) => void progress.push({ fraction, stage }),
    epoch: (step, values) => void epochs.push({ step, values }),
    resume: null,
    checkpoint: () => Promise.resolve(),
  };
  return { context, progress, epochs };
}
