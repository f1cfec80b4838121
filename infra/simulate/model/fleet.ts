import { nextTick, type Pair, type Schedule } from '@ml-training/core';
import { afterFailure } from '../../../packages/core/src/jobs/retry.ts';
import { pairName } from '../../../packages/core/src/jobs/types.ts';
import { decideRun } from '../../../packages/core/src/planning/decide.ts';
import { jobEntry } from '../../../packages/core/src/queue/payload.ts';
import { createRandom } from '../../../packages/strategies/src/random.ts';
import { quantile } from '../../bench/harness/statistics.ts';
import type { Measured } from '../facts.ts';
import { costsOf, type Costs } from './costs.ts';
import { claimOutcome, type ClaimedRow } from './claim.ts';
import { EventQueue } from './heap.ts';
import { Host } from './host.ts';
import { Lock } from './lock.ts';
import type { LockFigures, Outcome, RunOutcome, Scenario } from './scenario.ts';
import { WaitingList } from './waiting.ts';

/** The first tick is some time after it; the years don't matter. */
const beginning = Date.UTC(2024, 0, 1, 0, 0, 0) - 1000;
/** As trainingSeconds of core has it: the median is of so many. */
const lastTrainings = 30;
/** As a trainer that found no room waits before it looks again. */
const roomAgainSeconds = 1;
/**
 * Work and waiting take turns within a training, in so many parts of unequal length: trainings of one length would
 * all work and all wait at the same moments otherwise.
 */
const slices = 3;

interface SimulatedJob extends Pair {
  readonly job_id: string;
  readonly run: MutableRun;
  readonly entry: string;
  status: ClaimedRow['status'];
  retryAt: number | null;
  attempt: number;
  postponed: number;
  dueAt: number;
  startedAt: number;
  /** Whether its entry is in the list, or with a trainer. */
  listed: boolean;
}

type MutableRun = { -readonly [name in keyof RunOutcome]: RunOutcome[name] } & { open: number };

/**
 * Runs a fleet from tick to tick, its decisions made by the fleet's own code and all that takes time as it was
 * measured. The same scenario and measurements give the same outcome.
 * @param say told now and then how far it is
 */
export function simulate(scenario: Scenario, measured: Measured, say?: (line: string) => void): Outcome {
  const fleet = new Fleet(scenario, measured);
  return fleet.run(say);
}

class Fleet {
  readonly #scenario: Scenario;
  readonly #costs: Costs;
  readonly #events = new EventQueue();
  readonly #claims = new Lock(this.#events);
  readonly #completions = new Lock(this.#events);
  readonly #hosts: readonly Host[];
  readonly #random;
  readonly #schedule: Schedule;
  readonly #waiting = new WaitingList();
  readonly #jobs = new Map<string, SimulatedJob>();
  /** By the names of their pairs. */
  readonly #open = new Map<string, SimulatedJob>();
  readonly #delayed = new Set<SimulatedJob>();
  readonly #idle: number[] = [];
  readonly #lastTrained = new Map<string, Date>();
  #timesLeftOut = new Map<string, number>();
  readonly #durations = new Map<string, number[]>();
  readonly #runs: MutableRun[] = [];
  #running = 0;
  #count = { completed: 0, failed: 0, retried: 0, recovered: 0 };
  #waited = 0;
  #started = 0;
  #lastEnd = 0;

  constructor(scenario: Scenario, measured: Measured) {
    const { hosts, cores, trainers, cron, seed } = scenario;
    this.#scenario = scenario;
    this.#costs = costsOf(measured, scenario);
    this.#hosts = Array.from(
      { length: hosts },
      () => new Host(this.#events, cores / hosts, measured.coreSpeed),
    );
    this.#random = createRandom(seed);
    this.#schedule = { cron, timezone: 'UTC' };
    for (let trainer = 0; trainer < trainers; trainer++) this.#idle.push(trainer);
  }

  run(say?: (line: string) => void): Outcome {
    this.#planTick();
    this.#events.after(this.#scenario.reconcileSeconds, () => this.#reconcile());
    const total = this.#scenario.runs;
    let said = 0;
    while (!this.#isOver() && this.#events.step()) {
      const ended = this.#count.completed + this.#count.failed;
      if (say !== undefined && ended - said >= 25_000) {
        said = ended;
        say(
          `${ended} jobs ended, ${this.#waiting.length} wait, hour ${(this.#events.now / 3600).toFixed(1)}, run ${this.#runs.length} of ${total}`,
        );
      }
    }
    return this.#outcome();
  }

  #isOver(): boolean {
    return this.#runs.length === this.#scenario.runs && this.#open.size === 0;
  }

  #date(): Date {
    return new Date(beginning + 1000 * this.#events.now);
  }

  #planTick(): void {
    if (this.#runs.length === this.#scenario.runs) return;
    const tick = nextTick(this.#schedule, this.#date());
    if (tick === null) return;
    this.#events.after((tick.getTime() - beginning) / 1000 - this.#events.now, () => this.#startRun());
  }

  #startRun(): void {
    const { symbols, strategies, trainers, maxRunning, tooLong } = this.#scenario;
    const wanted = strategies.flatMap((_, s) =>
      Array.from({ length: symbols }, (_, i): Pair => ({
        strategy_type: this.#strategy(s),
        symbol: `S${i}`,
      })),
    );
    const now = this.#date();
    const queued = Map.groupBy(
      [...this.#open.values()].filter(({ status }) => status === 'queued'),
      ({ strategy_type }) => strategy_type,
    );
    const plan = decideRun(wanted, {
      lastTrained: this.#lastTrained,
      timesLeftOut: this.#timesLeftOut,
      seconds: new Map([...this.#durations].map(([strategy, last]) => [strategy, medianOf(last)])),
      weights: {},
      work: {
        running: [...this.#open.values()]
          .filter(({ status }) => status === 'running')
          .map((job) => ({ strategy_type: job.strategy_type, elapsed: this.#events.now - job.startedAt })),
        queued: [...queued].map(([strategy_type, jobs]) => ({ strategy_type, count: jobs.length })),
      },
      open: new Set(this.#open.keys()),
      trainers: Math.min(trainers, maxRunning),
      now,
      next: nextTick(this.#schedule, now),
      tooLong,
    });
    this.#timesLeftOut = new Map(plan.leftOut.map((pair) => [pairName(pair), pair.times ?? 1]));
    const fresh = plan.pairs.filter((pair) => !this.#open.has(pairName(pair)));
    const run: MutableRun = {
      dueAt: this.#events.now,
      jobs: fresh.length,
      leftOut: wanted.length - fresh.length,
      seconds: fresh.length === 0 ? 0 : null,
      expectedSeconds: plan.expectedEnd === null ? null : (plan.expectedEnd.getTime() - now.getTime()) / 1000,
      open: fresh.length,
    };
    this.#runs.push(run);
    const jobs = fresh.map((pair) => this.#newJob(pair, run));
    this.#events.after(this.#costs.startSeconds(wanted.length), () => {
      for (const job of jobs) this.#push(job);
      this.#wake();
    });
    this.#planTick();
  }

  /** Two of one name are two strategies. */
  #strategy(index: number): string {
    const { strategies } = this.#scenario;
    const name = strategies[index]!;
    return strategies.indexOf(name) === index ? name : `${name}-${index + 1}`;
  }

  #newJob(pair: Pair, run: MutableRun): SimulatedJob {
    const job_id = `${this.#jobs.size}`;
    const job: SimulatedJob = {
      ...pair,
      job_id,
      run,
      entry: jobEntry({ ...pair, job_id, trigger: 'schedule' }),
      status: 'queued',
      retryAt: null,
      attempt: 0,
      postponed: 0,
      dueAt: this.#events.now,
      startedAt: 0,
      listed: false,
    };
    this.#jobs.set(job.entry, job);
    this.#open.set(pairName(pair), job);
    return job;
  }

  #push(job: SimulatedJob): void {
    job.listed = true;
    this.#waiting.push(job.entry);
  }

  /** BRPOPLPUSH answers whoever waits longest as soon as there is an entry. */
  #wake(): void {
    while (this.#waiting.length > 0 && this.#idle.length > 0) this.#take(this.#idle.shift()!);
  }

  #take(trainer: number): void {
    const entry = this.#waiting.take();
    if (entry === undefined) {
      this.#idle.push(trainer);
      return;
    }
    const job = this.#jobs.get(entry);
    const { maxRunning } = this.#scenario;
    this.#claims.hold(this.#costs.claimSeconds(this.#running), () => {
      const row = job === undefined ? undefined : { status: job.status, retryAt: job.retryAt };
      const outcome = claimOutcome(row, { now: this.#events.now, running: this.#running, maxRunning });
      if (job === undefined || outcome === 'missing' || outcome === 'over' || outcome === 'not_due') {
        if (job !== undefined) job.listed = false;
        this.#take(trainer);
      } else if (outcome === 'no_room') {
        this.#waiting.putBack(entry);
        this.#waitForRoom(trainer);
      } else this.#train(trainer, job);
    });
  }

  #waitForRoom(trainer: number): void {
    this.#events.after(roomAgainSeconds, () => {
      if (this.#running >= this.#scenario.maxRunning) this.#waitForRoom(trainer);
      else {
        this.#idle.push(trainer);
        this.#wake();
      }
    });
  }

  #train(trainer: number, job: SimulatedJob): void {
    const { failures, deaths, leaseSeconds } = this.#scenario;
    const { events, host } = { events: this.#events, host: this.#hosts[trainer % this.#hosts.length]! };
    this.#running++;
    this.#started++;
    this.#waited += events.now - Math.max(job.dueAt, job.retryAt ?? 0);
    Object.assign(job, { status: 'running', retryAt: null, attempt: job.attempt + 1, startedAt: events.now });
    const chance = this.#random.next();
    const part = chance < deaths + failures ? this.#random.next() : 1;
    const { cpuSeconds, waitSeconds, cores } = this.#costs.jobOf(job.strategy_type, this.#random.next());
    const [work, wait] = [this.#shares(), this.#shares()];
    const slice = (left: number): void => {
      if (left === 0) {
        if (chance < deaths) {
          // Nobody renews the lease; whoever looks next after its end puts the job back.
          events.after(leaseSeconds, () => this.#recover(job));
          events.after(this.#costs.restartSeconds, () => this.#free(trainer));
        } else this.#settle(trainer, job, chance >= deaths + failures);
        return;
      }
      const share = (of: readonly number[]): number => part * of[left - 1]!;
      host.work((share(work) * cpuSeconds) / cores, cores, () =>
        events.after(share(wait) * waitSeconds, () => slice(left - 1)),
      );
    };
    slice(slices);
  }

  /** Of one, in unequal parts. */
  #shares(): number[] {
    const parts = Array.from({ length: slices }, () => this.#random.next());
    const sum = parts.reduce((all, one) => all + one, 0);
    return parts.map((one) => one / sum);
  }

  #settle(trainer: number, job: SimulatedJob, succeeded: boolean): void {
    this.#completions.hold(this.#costs.completeSeconds(this.#running), () => {
      this.#running--;
      if (succeeded) this.#end(job, 'completed');
      else {
        const tried = {
          attempt: job.attempt,
          postponed: job.postponed,
          maxAttempts: 1 + this.#scenario.retries,
        };
        const next = afterFailure(tried, { retryable: true }, this.#random.next());
        if (next.status === 'failed') this.#end(job, 'failed');
        else this.#again(job, this.#events.now + next.delaySeconds);
      }
      job.listed = false;
      this.#events.after(this.#costs.betweenSeconds, () => this.#free(trainer));
    });
  }

  #free(trainer: number): void {
    this.#idle.push(trainer);
    this.#wake();
  }

  #again(job: SimulatedJob, at: number): void {
    this.#count.retried++;
    Object.assign(job, { status: 'queued', retryAt: at, listed: false });
    this.#delayed.add(job);
  }

  #recover(job: SimulatedJob): void {
    this.#running--;
    this.#count.recovered++;
    if (job.attempt > this.#scenario.retries) this.#end(job, 'failed');
    else this.#again(job, this.#events.now);
  }

  #end(job: SimulatedJob, status: 'completed' | 'failed'): void {
    job.status = status;
    this.#count[status]++;
    this.#lastEnd = this.#events.now;
    this.#open.delete(pairName(job));
    this.#jobs.delete(job.entry);
    this.#lastTrained.set(pairName(job), this.#date());
    if (status === 'completed') {
      const last = this.#durations.get(job.strategy_type) ?? [];
      last.push(this.#events.now - job.startedAt);
      if (last.length > lastTrainings) last.shift();
      this.#durations.set(job.strategy_type, last);
    }
    job.run.open--;
    if (job.run.open === 0) job.run.seconds = this.#events.now - job.run.dueAt;
  }

  /** Retries are pushed when they are due by whoever reconciles, some seconds after its last look. */
  #reconcile(): void {
    this.#events.after(this.#costs.reconcileSeconds(this.#waiting.length), () => {
      for (const job of this.#delayed)
        if ((job.retryAt ?? 0) <= this.#events.now) {
          this.#delayed.delete(job);
          if (job.status === 'queued' && !job.listed) this.#push(job);
        }
      this.#wake();
      this.#events.after(this.#scenario.reconcileSeconds, () => this.#reconcile());
    });
  }

  #outcome(): Outcome {
    const first = this.#runs[0]?.dueAt ?? 0;
    const seconds = this.#lastEnd - first;
    const ended = this.#count.completed + this.#count.failed;
    const figuresOf = (lock: Lock): LockFigures => {
      const { count, heldSeconds, meanWaitSeconds, longestWaitSeconds } = lock.figures;
      return { busy: heldSeconds / seconds, perSecond: count / seconds, meanWaitSeconds, longestWaitSeconds };
    };
    const busy = this.#hosts.reduce((sum, host) => sum + host.busySeconds, 0);
    return {
      runs: this.#runs.map(({ open: _, ...run }) => run),
      ...this.#count,
      seconds,
      jobsAnHour: (3600 * ended) / seconds,
      coresBusy: busy / (seconds * this.#scenario.cores),
      claims: figuresOf(this.#claims),
      completions: figuresOf(this.#completions),
      meanWaitSeconds: this.#waited / this.#started,
    };
  }
}

const medianOf = (values: readonly number[]): number =>
  quantile(
    values.toSorted((a, b) => a - b),
    0.5,
  );
