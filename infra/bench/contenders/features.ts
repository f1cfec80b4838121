// Features of many bars, after a small table that warms up.
import { computeFeatures } from '../../../packages/strategies/src/features/index.ts';
import { bootstrappedBars, sampleBars } from '../harness/bars.ts';
import { answer, moment, readJob, type JobWith } from './job.ts';

const { bars: count } = readJob() as JobWith<{ bars: number }>;
const bars = bootstrappedBars(sampleBars('SP500'), count, 1);
computeFeatures(bootstrappedBars(sampleBars('SP500'), 5_000, 1));
const start = moment();
const { rows, cols } = computeFeatures(bars);
answer(start, moment(), { figures: { rows, cols } });
