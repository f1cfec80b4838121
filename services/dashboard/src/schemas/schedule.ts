import { Type, type Static } from 'typebox';
import { MaybeText, Time } from './common.ts';

const cron = {
  cron: Type.String({ description: 'five fields, or events of an exchange such as NYSE:open-30m' }),
  timezone: Type.String({ description: 'IANA zone' }),
};

export const ScheduleQuery = Type.Object({
  count: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 20 })),
});

export const Schedule = Type.Object({
  ...cron,
  in_words: Type.String(),
  /** Whether it is what a scheduler goes by, or, as none is running, what the settings here say. */
  of: Type.Union([Type.Literal('scheduler'), Type.Literal('settings')]),
  settings: Type.Object(cron),
  schedulers: Type.Array(Type.Object({ ...cron, since: Time, looked_at: Time })),
  problem: MaybeText,
  too_long: Type.Union([Type.String(), Type.Null()], {
    description: 'that the last scheduled run has not the time for all of its pairs',
  }),
  time: Time,
  next: Type.Array(
    Type.Object({
      at: Time,
      local: Type.String({ description: "ISO 8601 with the offset of the schedule's zone" }),
    }),
  ),
  week: Type.Array(
    Type.Object({
      date: Type.String({ format: 'date' }),
      hours: Type.Array(Type.Integer(), { minItems: 24, maxItems: 24 }),
    }),
    {
      description: "ticks in each hour of the seven days from today on, by the clock of the schedule's zone",
    },
  ),
});
export type Schedule = Static<typeof Schedule>;
