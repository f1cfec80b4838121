// A MODEL_DIR that can't be written is found before the training, not after it.
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { until } from '@ml-training/testing';
import { startLab } from './fleet.ts';

const lab = await startLab();
afterAll(async () => {
  await lab.stopServices();
  await lab.end();
});

test('a job says so with its own code before it trains, and is done once the folder is put right', async () => {
  const dir = path.join(lab.modelDir, 'models');
  await writeFile(dir, 'a file where a folder should be');
  const trainer = lab.start('trainer', { MODEL_DIR: dir });
  await lab.request({ strategy_type: 'lstm', symbol: 'GOOG' });
  const job = await until(async () => (await lab.jobs()).find((one) => one.error_code !== null), {
    what: 'the attempt to fail',
  });
  expect(job).toMatchObject({
    status: 'queued',
    error_code: 'MODEL_DIR_NOT_WRITABLE',
    error_message: expect.stringContaining(`${dir} (MODEL_DIR) must be a folder`),
  });
  expect(trainer.lines.filter((line) => line.includes('"msg":"trained"'))).toEqual([]);
  await rm(dir);
  await lab.sql`UPDATE ml_training_jobs SET retry_at = now()`;
  lab.start('scheduler', { MODEL_DIR: dir });
  await lab.allEnded();
  expect(await lab.jobs()).toMatchObject([{ status: 'completed' }]);
}, 90_000);
