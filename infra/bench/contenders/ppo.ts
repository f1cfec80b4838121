// Trains our agent by its public interface; the time is that of all updates but the first, which warms up.
import { loadStrategy, type Plain } from '@ml-training/strategies';
import { sampleBars } from '../harness/bars.ts';
import { answer, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{ symbol: string; seed: number; params: Record<string, Plain> }>;
const bars = sampleBars(job.symbol);
const rl = await loadStrategy('rl');
const { context, epochs } = timedContext();
const request = { bars: [bars], params: job.params, seed: job.seed, threads: job.threads };
const { artefact, report } = await rl.train(request, context);
const predictor = await rl.load(artefact);
const { position } = await predictor.predict(bars, report.symbols[0]!.holdout);
answer(epochs[0]!, epochs.at(-1)!, { position: [...position], figures: { updates: epochs.length } });
