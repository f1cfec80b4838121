import { Type, type Static } from 'typebox';
import { MaybeTime, Time, Uuid } from './common.ts';

export const Outlook = Type.Object({
  time: Time,
  last_run: Type.Union([
    Type.Object({
      run_id: Uuid,
      trigger: Type.String({ description: 'schedule or manual' }),
      /** The tick; null for one that somebody asked for. */
      scheduled_for: MaybeTime,
      requested_at: Time,
      finished_at: MaybeTime,
      jobs: Type.Integer(),
      completed: Type.Integer(),
      failed: Type.Integer(),
      cancelled: Type.Integer(),
      queued: Type.Integer(),
      running: Type.Integer(),
      skipped: Type.Integer({ description: 'pairs that it left out' }),
      /** From its request to the end of its last job; null while it goes on. */
      seconds: Type.Union([Type.Number(), Type.Null()]),
    }),
    Type.Null(),
  ]),
  next_run: MaybeTime,
  cron: Type.String(),
  timezone: Type.String(),
});
export type Outlook = Static<typeof Outlook>;
