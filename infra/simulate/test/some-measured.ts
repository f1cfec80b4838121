import type { Measured, Rate } from '../facts.ts';

const rate = (running: number, perSecond: number): Rate => ({
  connections: 16,
  running,
  perSecond,
  medianMs: 1,
  p95Ms: 2,
});
const took = (ms: number) => ({ ms, cpuMs: ms });

/** Round numbers: a job of a second's work, locks that are had for a millisecond. */
export const someMeasured: Measured = {
  measured: {},
  cores: 2,
  coreSpeed: [1, 1],
  jobs: {
    lstm: { seconds: [1], cpuSeconds: 1, betweenSeconds: 0 },
    rl: { seconds: [4], cpuSeconds: 2, betweenSeconds: 0 },
  },
  claims: [rate(0, 1000), rate(1000, 500)],
  completions: [rate(0, 1000)],
  renewals: [rate(0, 2000)],
  sizes: [
    {
      pairs: 1000,
      took: { 'starting a run': took(100), 'a reconciliation': took(10), 'a scrape': took(100) },
      figures: {},
    },
    {
      pairs: 10_000,
      took: { 'starting a run': took(1000), 'a reconciliation': took(100), 'a scrape': took(1000) },
      figures: {},
    },
  ],
  connections: { trainer: 4, training: 1 },
};
