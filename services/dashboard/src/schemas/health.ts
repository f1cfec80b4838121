import { Type, type Static } from 'typebox';
import { MaybeNumber, MaybeText, Time } from './common.ts';

const Server = Type.Object({
  ok: Type.Boolean(),
  ms: MaybeNumber,
  problem: MaybeText,
});

const Role = Type.Object({
  role: Type.String(),
  instances: Type.Integer(),
  /** Seconds since the newest beat of the role, also when none of it lives any more. */
  last_beat_seconds: MaybeNumber,
});

export const Health = Type.Object({
  status: Type.Union([Type.Literal('healthy'), Type.Literal('degraded'), Type.Literal('down')]),
  time: Time,
  version: Type.String(),
  problems: Type.Array(Type.String()),
  redis: Server,
  postgres: Server,
  roles: Type.Array(Role),
  /** Where bars are read from. */
  bars: Type.Object({
    table: Type.String({ description: 'the table, or MARKET_DATA_TABLE' }),
    own: Type.Boolean({ description: 'whether the fleet writes it, so that bars can be imported' }),
  }),
  /** Whether this caller may change something, and if not, what it takes. */
  access: Type.Union([Type.Literal('full'), Type.Literal('token'), Type.Literal('read-only')]),
});
export type Health = Static<typeof Health>;
