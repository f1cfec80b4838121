import type { LabelClass } from '@ml-training/sdk';
import { directionLabels } from '../evaluation/labels.ts';
import type { LabelDefinition } from '../strategy.ts';

const classes: readonly LabelClass[] = [
  { name: 'down', position: -1 },
  { name: 'up', position: 1 },
];

/** Whether the close `horizon` bars later is above this bar's. */
export const direction = ({ horizon }: { readonly horizon: number }): LabelDefinition => ({
  task: 'binary',
  classes,
  label: { kind: 'direction', horizon },
  firstRow: 0,
  of: ({ close }) => directionLabels(close, horizon),
});

/** The same for a policy, which learns from no label: it is what its leaning is compared to. */
export const directionOfPolicy = (settings: { readonly horizon: number }): LabelDefinition => ({
  ...direction(settings),
  task: 'policy',
});
