// What models learn to say: the kinds of labels, and the tasks that they make.
import type { PlainRecord } from './types.ts';

/**
 * Binary: which of two classes (down 0, up 1). Multiclass: which of several. Regression: a number. Policy: no
 * label is learnt, the model chooses positions by what they earn (reinforcement learning).
 */
export type Task = 'binary' | 'multiclass' | 'regression' | 'policy';

/** One of the classes that a label tells apart. (An alias, since an interface is no PlainRecord.) */
export type LabelClass = {
  readonly name: string;
  /** What to hold where this class is the likeliest: −1 short, 0 flat, 1 long. */
  readonly position: -1 | 0 | 1;
};

export const labelKinds = ['direction', 'triple_barrier', 'regression', 'classes'] as const;
export type LabelKind = (typeof labelKinds)[number];

/** A label as its model's file describes it. */
export interface Label extends PlainRecord {
  readonly kind: LabelKind;
  /** Bars after a row's own that its label may look at, at most. */
  readonly horizon: number;
}
