// Trains our LSTM by its public interface; the time is that of all epochs but the first, which warms up.
import { loadStrategy, type Plain } from '@ml-training/strategies';
import { sampleBars } from '../harness/bars.ts';
import { answer, readJob, timedContext, type JobWith } from './job.ts';

const job = readJob() as JobWith<{
  symbol: string;
  bars: number;
  seed: number;
  params: Record<string, Plain>;
}>;
const bars = sampleBars(job.symbol, job.bars);
const lstm = await loadStrategy('lstm');
const { context, epochs } = timedContext();
const request = { bars: [bars], params: job.params, seed: job.seed, threads: job.threads };
const { artefact, report } = await lstm.train(request, context);
const predictor = await lstm.load(artefact);
const { score: probability } = await predictor.predict(bars, report.symbols[0]!.holdout);
answer(epochs[0]!, epochs.at(-1)!, {
  probability: [...probability],
  figures: { epochs: epochs.length },
});
