import type { connectDatabase } from '@ml-training/core';
import { openBrowser } from '../page/browser.ts';
import { screens } from '../page/interactions.ts';
import { measureScreens } from '../page/measure.ts';
import { withLongUsed } from '../harness/long-used.ts';
import type { Part } from '../harness/part.ts';

/**
 * Ten times the promised 10,000: of those, a week of 1,500
 * pairs trained every eight hours would show two days.
 */
const history = { jobs: 100_000, models: 5000, symbols: 500, barsASymbol: 2000 };

export const pagePart: Part = {
  name: 'page',
  title: 'Using the page',
  about:
    'What a reader does with the dashboard in a real browser, in milliseconds from the input event to the end of the frame that shows its ' +
    'result: 100,000 jobs, 500 symbols × 3 strategies, 5,000 models. Each is done four times a turn, the first time right after the page was ' +
    'loaded: what was seen before is then shown at once and asked for anew. "Waiting" is how much of it a question to the API was under way; ' +
    'the rest is the page. Of a word of a search the last letter is measured.',
  run: async ({ turns, say }) => {
    say('making 100,000 jobs');
    const browser = await openBrowser();
    try {
      const sections = await withLongUsed(
        history,
        (url) => measureScreens(browser, url, screens, { turns, say }),
        giveScores,
      );
      return { sections, versions: { chromium: browser.version() } };
    } finally {
      await browser.close();
    }
  },
};

/** The scores that the page shows, with intervals and naive rules, which make most of what it draws. */
async function giveScores(sql: ReturnType<typeof connectDatabase>): Promise<void> {
  await sql`
    UPDATE ml_model_registry SET metrics = metrics || jsonb_build_object(
      'rows', 189, 'log_loss', 0.69 + 0.02 * spread, 'return', 0.3 * spread,
      'intervals', metrics->'intervals' || jsonb_build_object(
        'accuracy', jsonb_build_object('low', 0.4, 'high', 0.6),
        'log_loss', jsonb_build_object('low', 0.68 + 0.02 * spread, 'high', 0.7 + 0.02 * spread),
        'return', jsonb_build_object('low', -0.1 + 0.3 * spread, 'high', 0.1 + 0.3 * spread)),
      'baselines', jsonb_build_object(
        'majority_class', jsonb_build_object('accuracy', 0.5, 'log_loss', 0.693),
        'last_direction', jsonb_build_object('accuracy', 0.49, 'log_loss', 0.7),
        'buy_and_hold', jsonb_build_object('return', 0.05), 'always_flat', jsonb_build_object('return', 0)))
    FROM (SELECT model_id AS id, random() - 0.5 AS spread FROM ml_model_registry) drawn WHERE id = model_id`;
}
