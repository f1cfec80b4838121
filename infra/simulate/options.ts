import { nextTicks } from '@ml-training/core';
import type { Scenario } from './model/scenario.ts';

/** What can be asked for on the command line, with what holds where it isn't. */
export const options = {
  symbols: { about: 'that are trained', default: '10000' },
  strategies: {
    about: 'how many, by turns an LSTM and an RL agent, or names: lstm,rl,ensemble',
    default: '3',
  },
  trainers: { about: 'processes', default: '32' },
  cores: { about: 'of all machines together; as many as trainers where it is left out', default: '' },
  hosts: { about: 'machines that trainers are spread over; one of two cores each unless given', default: '' },
  'max-running': { about: 'MAX_CONCURRENT_TRAINING_JOBS; as many as trainers', default: '' },
  cron: { about: 'when a run starts', default: '0 * * * *' },
  runs: { about: 'how many are simulated', default: '2' },
  'too-long': { about: 'RUN_TOO_LONG, warn or stalest', default: 'warn' },
  failures: { about: 'share of attempts that fail, in percent', default: '0' },
  deaths: { about: 'share of attempts in which the trainer is killed, in percent', default: '0' },
  retries: { about: 'TRAINING_RETRY_ATTEMPTS', default: '3' },
  seed: { about: 'of all that is left to chance', default: '1' },
} as const satisfies Readonly<Record<string, { about: string; default: string }>>;

/** In which order strategies are taken where only their number is given. */
const byTurns = ['lstm', 'rl'] as const;

/** @throws Error naming the option that is wrong, and what it takes */
export function readScenario(given: Readonly<Record<string, string | boolean | undefined>>): {
  readonly scenario: Scenario;
  readonly periodSeconds: number;
} {
  const text = (name: keyof typeof options): string => {
    const value = given[name];
    return typeof value === 'string' ? value : options[name].default;
  };
  const whole = (name: keyof typeof options, least: number, most: number, usual?: number): number => {
    const value = text(name) === '' && usual !== undefined ? usual : Number(text(name));
    if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
    throw new Error(
      `--${name} is ${JSON.stringify(text(name))}: it takes a whole number from ${least} to ${most}`,
    );
  };
  const percent = (name: keyof typeof options): number => {
    const value = Number(text(name));
    if (value >= 0 && value <= 100) return value / 100;
    throw new Error(`--${name} is ${JSON.stringify(text(name))}: it takes 0 to 100`);
  };
  const tooLong = text('too-long');
  if (tooLong !== 'warn' && tooLong !== 'stalest')
    throw new Error(`--too-long is ${JSON.stringify(tooLong)}: it takes warn or stalest`);
  const [failures, deaths] = [percent('failures'), percent('deaths')];
  if (failures + deaths > 1) throw new Error('--failures and --deaths are more than 100 % together');
  const trainers = whole('trainers', 1, 10_000);
  const cores = whole('cores', 1, 100_000, trainers);
  const scenario: Scenario = {
    symbols: whole('symbols', 1, 1_000_000),
    strategies: strategiesOf(text('strategies')),
    trainers,
    cores,
    hosts: whole('hosts', 1, cores, Math.ceil(cores / 2)),
    maxRunning: whole('max-running', 1, 1000, Math.min(1000, trainers)),
    cron: text('cron'),
    runs: whole('runs', 1, 1000),
    tooLong,
    failures,
    deaths,
    retries: whole('retries', 0, 100),
    leaseSeconds: 30,
    reconcileSeconds: 10,
    seed: whole('seed', 0, 2 ** 31 - 1),
  };
  return { scenario, periodSeconds: periodOf(scenario.cron) };
}

function strategiesOf(text: string): readonly string[] {
  const count = Number(text);
  if (!Number.isSafeInteger(count)) return text.split(',');
  if (count < 1 || count > 20) throw new Error(`--strategies is ${text}: it takes 1 to 20, or names`);
  return Array.from({ length: count }, (_, i) => byTurns[i % byTurns.length]!);
}

/** Between the first two ticks. @throws Error where it is no schedule */
function periodOf(cron: string): number {
  const start = new Date(Date.UTC(2024, 0, 1));
  let ticks: Date[];
  try {
    ticks = nextTicks({ cron, timezone: 'UTC' }, start, 2);
  } catch (cause) {
    throw new Error(`--cron is ${JSON.stringify(cron)}: it takes the five fields of a cron schedule`, {
      cause,
    });
  }
  if (ticks.length < 2) throw new Error(`--cron is ${JSON.stringify(cron)}: it never fires twice`);
  return (ticks[1]!.getTime() - ticks[0]!.getTime()) / 1000;
}
