// Trains the ensemble on fixed bars and prints the digest of its model state; run as a process of its own.
import { ensemble } from '../src/ensemble/index.ts';
import { sampleBars } from './bars.ts';
import { recorder } from './context.ts';
import { digest } from './digest.ts';

const bars = [sampleBars('GOOG', 400), sampleBars('SP500', 400)];
const { artefact } = await ensemble.train({ bars, seed: 7, threads: 1 }, recorder().context);
process.stdout.write(digest(artefact.model_state));
