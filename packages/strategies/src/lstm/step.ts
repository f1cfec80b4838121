import type { TensorFlow } from '@ml-training/native';
import type { Random } from '../random.ts';
import type { Adam } from './adam.ts';
import type { Architecture, Weights } from './architecture.ts';
import { createWindows, gatherWindows, type ScaledFeatures } from './dataset.ts';
import { dropoutMasks } from './dropout.ts';
import { createNetwork } from './network.ts';

/** One optimiser step after the other, on batches of any rows; it owns tensors until it is disposed. */
export interface Stepper {
  /** Changes the weights; gives the batch's mean loss before, and the gradient's norm, which may both be no finite numbers. */
  step(rows: Int32Array): { readonly loss: number; readonly norm: number };
  dispose(): void;
}

/** @param random stream of the dropout masks. */
export function createStepper(
  tf: TensorFlow,
  architecture: Architecture,
  { table, labels }: { readonly table: ScaledFeatures; readonly labels: Uint8Array },
  dropout: number,
  random: Random,
  weights: Weights,
  adam: Adam,
): Stepper {
  const { window, inputs, units } = architecture;
  const gradient = new Float32Array(weights.length);
  // An epoch has two sizes at most: that of its batches and what is left for the last one.
  const sizes = new Map<number, ReturnType<typeof roomFor>>();
  const roomFor = (size: number) => ({
    network: createNetwork(tf, architecture, size),
    windows: createWindows(window, size, inputs),
    labels: new Uint8Array(size),
  });

  const step = (rows: Int32Array) => {
    const room = sizes.get(rows.length) ?? roomFor(rows.length);
    sizes.set(rows.length, room);
    gatherWindows(table, rows, window, room.windows);
    rows.forEach((row, slot) => (room.labels[slot] = labels[row]!));
    const masks = dropoutMasks(random, units, rows.length, dropout);
    const loss = room.network.loss(weights, { ...room, masks }, gradient);
    return { loss, norm: adam.step(gradient) };
  };
  return { step, dispose: () => sizes.forEach(({ network }) => network.dispose()) };
}
