import { holdoutCsv, holdoutOf, reportFacts, reportPage } from '@ml-training/core';
import { Type } from 'typebox';
import { ModelId } from '../../schemas/models.ts';
import { ProblemBody } from '../../schemas/problem.ts';
import type { Routes } from '../route.ts';
import { noHoldout, theModel } from './models.ts';

/** A report has its style in itself, and nothing else. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const text = (type: string, description: string) => ({
  description,
  content: { [type]: { schema: Type.String({ description: type }) } },
});

/** What is known of a model as files to keep: its report, and the rows of its holdout. */
export const modelReportRoutes: Routes = (api, { sql }) => {
  const tags = ['models'];
  api.get(
    '/api/models/:id/report',
    {
      schema: {
        summary: "A model's report as one file of HTML",
        description: 'As `ml report` writes it: no script, nothing from elsewhere.',
        tags,
        params: ModelId,
        response: { 200: text('text/html', 'The report'), '4xx': ProblemBody },
      },
    },
    async ({ params: { id } }, reply) => {
      const page = reportPage(await reportFacts(sql, await theModel(sql, id)));
      return reply
        .type('text/html; charset=utf-8')
        .header('content-security-policy', policy)
        .header('content-disposition', `inline; filename="report-${id.slice(0, 8)}.html"`)
        .send(page);
    },
  );
  api.get(
    '/api/models/:id/holdout.csv',
    {
      schema: {
        summary: "The rows of a model's holdout as CSV",
        description:
          'time, close, score, position, return, equity, buy_and_hold, a row a line, oldest first: docs/judging.md.',
        tags,
        params: ModelId,
        response: { 200: text('text/csv', 'The rows'), '4xx': ProblemBody },
      },
    },
    async ({ params: { id } }, reply) => {
      const record = await holdoutOf(sql, id);
      if (record === null) throw await noHoldout(sql, id);
      return reply
        .type('text/csv; charset=utf-8')
        .header('content-disposition', `attachment; filename="holdout-${id.slice(0, 8)}.csv"`)
        .send(holdoutCsv(record));
    },
  );
};
