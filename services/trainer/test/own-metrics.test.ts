// What a trainer tells Prometheus of the jobs it trains, while it does and afterwards.
import { afterAll, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});

test('a job in training shows with strategy and stage; ended attempts count by what became of them', async () => {
  const trainer = lab.start('trainer');
  const { health_port: port } = JSON.parse(await trainer.waitForLine(/"msg":"starting"/)) as {
    health_port: number;
  };
  const scrape = async (): Promise<string> => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  await lab.request(
    { strategy_type: 'lstm', symbol: 'GOOG' },
    { strategy_type: 'rl', symbol: 'SP500' },
    { strategy_type: 'rl', symbol: 'NOBARS' },
  );
  const during: string[] = [];
  await until(
    async () => {
      const text = await scrape();
      if (/trainer_jobs_running\{[^}]*\} 1/.test(text)) during.push(text);
      return (
        text.includes('trainer_attempts_total{strategy_type="lstm",outcome="completed"} 1') &&
        text.includes('trainer_attempts_total{strategy_type="rl",outcome="completed"} 1') &&
        text.includes('trainer_attempts_total{strategy_type="rl",outcome="failed"} 1')
      );
    },
    { what: 'two attempts to be counted as completed, one as failed' },
  );
  const seen = during.join('\n');
  expect(seen).toMatch(/trainer_jobs_running\{strategy_type="rl"\} 1\n/);
  expect(seen).toMatch(/trainer_lease_renewed_timestamp_seconds \d+/);
  expect(seen).toMatch(/trainer_job_progress_ratio 0\.\d+/);
  const stages = new Set(
    [...seen.matchAll(/job_stage\{strategy_type="\w+",stage="([^"]*)"\} 1/g)].map((m) => m[1]),
  );
  expect(stages).toContain('training');
  // However many seeds the agents have, a stage is one label.
  expect([...stages].filter((stage) => /\d/.test(stage ?? ''))).toEqual([]);
  // Nothing of it stays when nothing is trained.
  const after = await until(
    async () => {
      const text = await scrape();
      return !/trainer_jobs_running\{[^}]*\} 1/.test(text) && text;
    },
    { what: 'an idle trainer' },
  );
  expect(after).not.toMatch(/^ml_training_trainer_(job_stage|job_progress_ratio|lease_renewed)\w*[{ ]/m);
});
