import { withDeadline } from '@ml-training/core';
import { Champions } from '../../schemas/champions.ts';
import { scoreOf } from '../overview/cells.ts';
import { writtenPlainly } from '../large-answer.ts';
import { readMatrix } from '../overview/facts.ts';
import type { Routes } from '../route.ts';
import { answerMs } from './outlook.ts';

/** Longer decisions are on the model's own page. */
const decisionLength = 120;

/** The model in use of every strategy and symbol. */
export const championRoutes: Routes = (api, { config, sql }) => {
  api.get(
    '/api/champions',
    {
      schema: {
        summary:
          'The model in use of every strategy and symbol: its score less its best naive rule’s, or ' +
          'why there is none',
        description:
          'Scores are those that promotion goes by, on the holdout of the model’s report, with the ' +
          'report’s 95 % interval.',
        tags: ['models'],
        response: { 200: Champions },
      },
    },
    async (_request, reply) => {
      writtenPlainly(reply);
      const { strategies, rows } = await withDeadline(readMatrix(sql, config), answerMs, 'PostgreSQL');
      return {
        strategies: strategies.map((strategy_type) => ({ strategy_type, score: scoreOf(strategy_type) })),
        rows: rows.map(({ symbol, cells }) => ({
          symbol,
          cells: cells.map(({ symbol: _symbol, has_previous: _previous, ...cell }) => ({
            ...cell,
            why_none: cell.why_none === null ? null : short(cell.why_none),
            last: cell.last === null ? null : { ...cell.last, decision: short(cell.last.decision) },
          })),
        })),
      };
    },
  );
};

const short = (text: string): string =>
  text.length > decisionLength ? `${text.slice(0, decisionLength)}…` : text;
