import { searchJobs, listModels } from '@ml-training/core';
import { withLongUsed } from '../harness/long-used.ts';
import type { Part, PartContext } from '../harness/part.ts';
import type { Row } from '../harness/result.ts';
import { spreadOf } from '../harness/statistics.ts';

const history = { jobs: 1_000_000, models: 5000, symbols: 500, barsASymbol: 2000 };
const budgetMs = 50;

export const apiPart: Part = {
  name: 'api',
  title: 'What the page asks',
  about:
    'Each answer of the HTTP API that a screen waits for, as a client on the same machine sees it, in milliseconds from the request to the last ' +
    'byte: with a million job rows, 500 symbols × 3 strategies, 5,000 models and a million bars. The first answer of each is left out.',
  run: (context) => {
    context.say('making a million jobs');
    return withLongUsed(history, async (url, sql) => {
      const [job] = (await searchJobs(sql, { status: ['failed'] }, { limit: 1 })).jobs;
      const [model] = await listModels(sql, { active: true, limit: 1 });
      const hour = 3_600_000;
      const span = (hours: number): string =>
        new URLSearchParams({
          from: new Date(Date.now() - hours * hour).toISOString(),
          to: new Date(Date.now() + hour).toISOString(),
        }).toString();
      const rows = await askAll(url, context, [
        '/api/health',
        '/api/outlook',
        `/api/timeline?${span(6)}`,
        `/api/timeline?${span(168)}`,
        '/api/attention',
        '/api/champions',
        '/api/trainers',
        '/api/jobs',
        '/api/jobs?status=failed&symbol=S0007',
        `/api/jobs/${job!.job_id}`,
        '/api/queue',
        '/api/models',
        '/api/models/pairs',
        `/api/models/${model!.model_id}`,
        '/api/schedule',
        '/api/runs',
        `/api/runs/${job!.run_id!}`,
        '/api/symbols',
        '/api/metrics/history?name=model_accuracy',
      ]);
      return { sections: [{ title: 'A million jobs, 5,000 models, 500 symbols', rows }], versions: {} };
    });
  },
};

async function askAll(base: string, { turns, say }: PartContext, paths: readonly string[]): Promise<Row[]> {
  const rows: Row[] = [];
  for (const asked of paths) {
    const what = asked.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/, 'ID').replace(/\?from=.*/, timelineSpan(asked));
    const took: number[] = [];
    for (let turn = 0; turn <= turns; turn += 1) {
      const began = performance.now();
      const response = await fetch(base + asked);
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${asked} answered ${response.status}`);
      if (turn > 0) took.push(performance.now() - began);
    }
    rows.push({
      what,
      unit: 'ms',
      digits: 1,
      ours: spreadOf(took),
      target: { of: 'value', atMost: budgetMs },
    });
    say(`${what}: ${took.map((ms) => ms.toFixed(1)).join(', ')} ms`);
  }
  return rows;
}

/** Of six hours or a week, for people. */
function timelineSpan(asked: string): string {
  const { searchParams } = new URL(asked, 'http://any');
  const hours =
    (Date.parse(searchParams.get('to') ?? '') - Date.parse(searchParams.get('from') ?? '')) / 3_600_000;
  return ` of ${Math.round(hours)} h`;
}
