import { Type, type Static } from 'typebox';

/** RFC 9457; `code` is what programs go by, `detail` is for people. */
export const ProblemBody = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    detail: Type.String(),
    instance: Type.String(),
  },
  { additionalProperties: true },
);
export type ProblemBody = Static<typeof ProblemBody>;
