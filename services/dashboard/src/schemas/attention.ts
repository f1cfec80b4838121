import { Type, type Static } from 'typebox';
import { MaybeText, MaybeTime, StrategyType, Uuid } from './common.ts';

const attentionKinds = [
  'server-away',
  'role-missing',
  'run-overdue',
  'queue-stuck',
  'jobs-postponed',
  'job-failed',
  'model-missing',
  'model-stale',
  'model-below-rules',
  'model-below-live',
  'model-not-scored',
  'promotion-refused',
  'run-slow',
  'left-out',
  'dead-entries',
  'bars-old',
] as const;

/** What one may do about it: ask the API, go somewhere, or copy a command. */
export const NextAction = Type.Union([
  Type.Object({ do: Type.Literal('retry'), job_id: Uuid }),
  Type.Object({ do: Type.Literal('run') }),
  Type.Object({ do: Type.Literal('train'), strategy_type: StrategyType, symbol: MaybeText }),
  Type.Object({ do: Type.Literal('roll-back'), strategy_type: StrategyType, symbol: Type.String() }),
  Type.Object({ do: Type.Literal('open'), name: Type.String(), href: Type.String() }),
  Type.Object({ do: Type.Literal('copy'), command: Type.String() }),
]);
export type NextAction = Static<typeof NextAction>;

export const AttentionItem = Type.Object({
  kind: Type.Enum(attentionKinds),
  /** broken: nothing comes of it until somebody acts; warning; note. */
  severity: Type.Union([Type.Literal('broken'), Type.Literal('warning'), Type.Literal('note')]),
  title: Type.String(),
  reason: Type.String(),
  since: MaybeTime,
  actions: Type.Array(NextAction),
});
export type AttentionItem = Static<typeof AttentionItem>;

export const Attention = Type.Object({
  /** The worst first; at most 200 of them. */
  items: Type.Array(AttentionItem),
  total: Type.Integer(),
});
export type Attention = Static<typeof Attention>;
