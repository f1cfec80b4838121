import { ALL_SYMBOLS, strategyOf, type StrategyType } from '@ml-training/sdk';
import {
  sumUp,
  type FailedPair,
  type LastTraining,
  type OpenJob,
  type Pair,
  type QueueState,
  type RunOutcome,
  type Skipped,
} from '@ml-training/core';
import type { AttentionItem, NextAction } from '../../schemas/attention.ts';
import type { ChampionCell } from '../../schemas/champions.ts';
import { firstLine, jobOf, nameOf, scoreOf, whyLeftOut, type LeftOut } from './cells.ts';
import { lengthOf } from '../../length.ts';

/** What the rules look at. Null where a server that knows it does not answer. */
export interface FleetFacts {
  readonly now: Date;
  /** Servers that can't be used, in words. */
  readonly troubles: readonly string[];
  readonly roles:
    | readonly {
        readonly role: string;
        readonly instances: number;
        readonly last_beat_seconds: number | null;
      }[]
    | null;
  /** From one tick to the next, in seconds; null where there is no next. */
  readonly period: number | null;
  /** The newest tick that is due, and the instant up to which every tick is done with. */
  readonly dueTick: Date | null;
  readonly doneTick: Date | null;
  readonly run: RunOutcome | null;
  readonly queue: QueueState;
  readonly dead: number | null;
  readonly maxRunning: number;
  /** Trainers that end when no job waits are not missed while none waits for long. */
  readonly trainersMayBeAway: boolean;
  /** Whether bars are imported: not into a table of the user's. */
  readonly ownBars: boolean;
  readonly open: readonly OpenJob[];
  readonly failed: readonly FailedPair[];
  /** Jobs that a run would make, and pairs that it would leave out. */
  readonly planned: readonly Pair[];
  readonly leftOutOfPlan: readonly Skipped[];
  /**
   * Of the pairs of `planned` that may be stale: whose newest model is older than `staleAfterPeriods`
   * periods.
   */
  readonly trainings: readonly LastTraining[];
  readonly leftOut: LeftOut;
  readonly newestBars: ReadonlyMap<string, Date>;
  /** Every cell of the matrix, with its symbol and whether there is a model to roll back to. */
  readonly cells: readonly (ChampionCell & { readonly symbol: string; readonly has_previous: boolean })[];
}

type Rule = (facts: FleetFacts) => readonly AttentionItem[];

/** A scheduler is restarted in less. */
const overdueAfter = 120;
/** A job that is due and finds a free place is taken within seconds. */
const stuckAfter = 300;
/** A role that is being restarted is no news yet. */
const missingAfter = 30;
/** Newest bars of one: a week's end and two holidays. */
const barsOldAfter = 4 * 86_400;
/** So many periods without a training, where there are new bars. */
export const staleAfterPeriods = 2;

const noneBefore = 'nothing is trained meanwhile';
const withoutRole: Readonly<Record<string, string>> = {
  trainer: noneBefore,
  scheduler: 'no run starts, and nothing that got lost is put right',
  heartbeat: 'service:ml_training:heartbeat says nothing, so nobody hears of trouble',
  metrics: 'Prometheus and the roll-up see nothing',
};

const seconds = (from: Date, to: Date): number => (to.getTime() - from.getTime()) / 1000;
const item = (
  kind: AttentionItem['kind'],
  severity: AttentionItem['severity'],
  title: string,
  reason: string,
  since: Date | null,
  ...actions: NextAction[]
): AttentionItem => ({ kind, severity, title, reason, since: since?.toISOString() ?? null, actions });
const open = (name: string, href: string): NextAction => ({ do: 'open', name, href });
const copy = (command: string): NextAction => ({ do: 'copy', command });
const jobPage = (id: string): NextAction => open('see the job', `/jobs/${id}`);
const modelPage = (id: string): NextAction => open('see scores', `/models/${id}`);
const importBars = ({ ownBars }: FleetFacts): NextAction[] => (ownBars ? [copy('ml import FILE.csv')] : []);
const counted = (count: number, one: string): string =>
  `${count.toLocaleString('en')} ${one}${count === 1 ? '' : 's'}`;
/** The first few, and how many more. */
const named = (names: readonly string[]): string =>
  names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')} and ${names.length - 3} more`;

const serversAway: Rule = ({ troubles }) =>
  troubles.map((trouble) =>
    item('server-away', 'broken', trouble.split(':', 1)[0]!, trouble, null, copy('docker compose ps')),
  );

const rolesMissing: Rule = ({ roles, trainersMayBeAway, now }) =>
  (roles ?? [])
    .filter(
      ({ role, instances, last_beat_seconds: age }) =>
        role in withoutRole &&
        instances === 0 &&
        (age === null || age >= missingAfter) &&
        !(role === 'trainer' && trainersMayBeAway),
    )
    .map(({ role, last_beat_seconds: age }) =>
      item(
        'role-missing',
        role === 'trainer' || role === 'scheduler' ? 'broken' : 'warning',
        `no ${role} is running`,
        `${age === null ? 'none was ever seen here' : `the last one was seen ${lengthOf(age)} ago`}; ` +
          withoutRole[role]!,
        age === null ? null : new Date(now.getTime() - 1000 * age),
        copy(`docker compose --profile ml-training up -d ${role}`),
      ),
    );

const runOverdue: Rule = ({ now, dueTick, doneTick, roles }) => {
  if (dueTick === null || doneTick === null || dueTick <= doneTick || seconds(dueTick, now) < overdueAfter)
    return [];
  const noScheduler = roles?.some(({ role, instances }) => role === 'scheduler' && instances === 0) === true;
  return [
    item(
      'run-overdue',
      'broken',
      'a run is overdue',
      `the run of ${dueTick.toISOString().slice(0, 16).replace('T', ' ')} UTC has not started` +
        (noScheduler ? ': no scheduler is running' : "; the scheduler's log says why"),
      dueTick,
      { do: 'run' },
      copy('docker compose logs --since 1h scheduler'),
    ),
  ];
};

const runSlow: Rule = ({ now, run, period }) => {
  if (run === null || period === null || run.trigger !== 'schedule') return [];
  const unfinished = run.queued + run.running;
  if (unfinished === 0 || seconds(run.requested_at, now) < period) return [];
  return [
    item(
      'run-slow',
      'warning',
      'the last run is not over though the next one is due',
      `${unfinished} of its ${counted(run.jobs, 'job')} still wait or run: start more trainers, raise ` +
        'MAX_CONCURRENT_TRAINING_JOBS, or let runs start less often',
      run.requested_at,
      open('see its jobs', `/jobs?run=${run.run_id}`),
    ),
  ];
};

const queueStuck: Rule = ({ now, queue, maxRunning, roles }) => {
  const { oldest, queued, running } = queue;
  // With every place taken the others wait for it.
  if (oldest === null || running >= maxRunning || seconds(oldest, now) < stuckAfter) return [];
  const trainers = roles?.find(({ role }) => role === 'trainer')?.instances ?? null;
  // Each trainer has a job: there are fewer of them than places.
  if (trainers !== null && trainers > 0 && running >= trainers) return [];
  return [
    item(
      'queue-stuck',
      'broken',
      `${counted(queued, 'job')} wait${queued === 1 ? 's' : ''} and nobody takes them`,
      `the oldest has been due for ${lengthOf(seconds(oldest, now))}, ${running} of ${maxRunning} ` +
        'places are taken' +
        (trainers === 0 ? ', and no trainer is running' : ''),
      oldest,
      open('see the queue', '/queue'),
      copy('docker compose logs --since 1h trainer'),
    ),
  ];
};

const jobsPostponed: Rule = ({ queue }) =>
  queue.postponed.map(({ code, jobs, message }) =>
    item(
      'jobs-postponed',
      'broken',
      `${counted(jobs, 'job')} wait${jobs === 1 ? 's' : ''} for the machine: ${code}`,
      `${firstLine(message ?? 'no reason is known')}; tried again by themselves, no attempt is counted`,
      null,
      open('see them', '/jobs?status=queued'),
    ),
  );

const jobsFailed: Rule = (facts) =>
  facts.failed.map(
    ({ job_id, strategy_type, symbol, attempt, max_attempts, error_code, error_message, completed_at }) =>
      item(
        'job-failed',
        'broken',
        `${strategy_type} ${shown(symbol)} failed, attempt ${attempt} of ${max_attempts}`,
        firstLine(error_message ?? error_code ?? 'no reason is known'),
        completed_at,
        ...(error_code === 'TOO_FEW_BARS' ? importBars(facts) : []),
        { do: 'retry', job_id },
        jobPage(job_id),
      ),
  );

const shown = (symbol: string): string => (symbol === ALL_SYMBOLS ? 'of all symbols' : symbol);

const modelsMissing: Rule = ({ cells, open: opened, failed, leftOut }) => {
  const opens = new Set(opened.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)));
  const fails = new Set(failed.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)));
  const missing = cells.filter(({ planned, model, strategy_type, symbol }) => {
    const job = jobOf(strategy_type, symbol);
    // What is under way, has failed or was left out is told of by itself.
    return (
      planned &&
      model === null &&
      !opens.has(job) &&
      !fails.has(job) &&
      whyLeftOut(leftOut, strategy_type, symbol) === null
    );
  });
  const never = missing.filter(({ last }) => last === null);
  const below = missing.filter(({ last }) => last?.below_floor === true);
  const refused = missing.filter(({ last }) => last?.below_floor === false);
  const [one] = below;
  const first = never[0];
  return [
    ...(first === undefined
      ? []
      : [
          item(
            'model-missing',
            'warning',
            `${counted(never.length, 'pair')} without a model`,
            `never trained: ${named(never.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)))}`,
            null,
            never.length === 1
              ? {
                  do: 'train',
                  strategy_type: first.strategy_type,
                  symbol: strategyOf(first.strategy_type).scope === 'all' ? null : first.symbol,
                }
              : { do: 'run' },
          ),
        ]),
    // On prices without anything to find there may be many.
    ...(one === undefined
      ? []
      : [
          item(
            'model-missing',
            'warning',
            below.length === 1
              ? `no model of ${nameOf(one.strategy_type, one.symbol)} passed the floor yet`
              : `${counted(below.length, 'pair')} without a model: none passed the floor yet`,
            below.length === 1
              ? one.last!.decision
              : `each was worse than knowing nothing, and each training is judged anew: ` +
                  named(below.map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol))),
            new Date(one.last!.created_at),
            below.length === 1 ? modelPage(one.last!.model_id) : open('see the models', '/models'),
          ),
        ]),
    ...refused.map(({ strategy_type, symbol, last }) =>
      item(
        'model-missing',
        'warning',
        `${strategy_type} ${symbol} has no model in use`,
        last!.decision,
        new Date(last!.created_at),
        modelPage(last!.model_id),
      ),
    ),
  ];
};

const modelsStale: Rule = ({ now, planned, trainings, period, newestBars, open: opened, failed }) => {
  if (period === null) return [];
  const busy = new Set(
    [...opened, ...failed].map(({ strategy_type, symbol }) => nameOf(strategy_type, symbol)),
  );
  const last = new Map(trainings.map((one) => [nameOf(one.strategy_type, one.symbol), one]));
  const stale = planned.flatMap(({ strategy_type, symbol }) => {
    const name = nameOf(strategy_type, symbol);
    const training = last.get(name);
    if (training === undefined || busy.has(name)) return [];
    if (seconds(training.completed_at, now) < staleAfterPeriods * period) return [];
    const symbols = symbol === ALL_SYMBOLS ? Object.keys(training.newest_bars ?? {}) : [symbol];
    // Without a new bar there is nothing to learn.
    const hasNew = symbols.some((one) => {
      const seen = training.newest_bars?.[one];
      const newest = newestBars.get(one);
      return newest !== undefined && (seen === undefined || newest.getTime() > Date.parse(seen));
    });
    return hasNew ? [{ name: `${strategy_type} ${shown(symbol)}`, at: training.completed_at }] : [];
  });
  if (stale.length === 0) return [];
  const oldest = stale.reduce((a, b) => (a.at < b.at ? a : b));
  return [
    item(
      'model-stale',
      'warning',
      `${counted(stale.length, 'pair')} not trained lately`,
      `there are new bars, and no training for more than ${staleAfterPeriods} runs: ` +
        named(stale.map(({ name }) => name)),
      oldest.at,
      { do: 'run' },
    ),
  ];
};

const modelsBelow: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol, has_previous }) =>
    model === null || model.high === null || model.high >= 0
      ? []
      : [
          item(
            'model-below-rules',
            'warning',
            `${strategy_type} ${symbol} is below ${ruleWords(model.rule)}`,
            `beyond noise, on the ${model.rows ?? 'few'} bars of its holdout: ` +
              `${inUnits(strategy_type, model.difference!)} ` +
              `(95 % ${inUnits(strategy_type, model.low!)} to ${inUnits(strategy_type, model.high)})`,
            model.activated_at === null ? null : new Date(model.activated_at),
            modelPage(model.model_id),
            ...(has_previous ? [{ do: 'roll-back' as const, strategy_type, symbol }] : []),
          ),
        ],
  );

const modelsBelowLive: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol, has_previous }) =>
    model?.live?.verdict !== 'below'
      ? []
      : [
          item(
            'model-below-live',
            'warning',
            `${strategy_type} ${symbol} is below the naive rule on new bars`,
            model.live.note ?? `worse beyond noise on ${counted(model.live.rows, 'bar')} since its training`,
            model.activated_at === null ? null : new Date(model.activated_at),
            modelPage(model.model_id),
            ...(has_previous ? [{ do: 'roll-back' as const, strategy_type, symbol }] : []),
          ),
        ],
  );

const modelsNotScored: Rule = ({ cells }) =>
  cells.flatMap(({ model, strategy_type, symbol }) =>
    model?.live?.verdict !== 'unknown'
      ? []
      : [
          item(
            'model-not-scored',
            'note',
            `${strategy_type} ${symbol} could not be scored on new bars`,
            model.live.note ?? 'no reason is known',
            null,
            modelPage(model.model_id),
          ),
        ],
  );

const ruleWords = (rule: string | null): string => (rule ?? 'its naive rules').replaceAll('_', ' ');
const inUnits = (strategy: StrategyType, value: number): string => {
  const score = scoreOf(strategy);
  const text =
    score === 'return'
      ? `${(100 * value).toFixed(1)} %`
      : score === 'rmse'
        ? value.toPrecision(2)
        : value.toFixed(4);
  return text.replace('-', '−');
};

const promotionsRefused: Rule = ({ cells }) =>
  cells.flatMap(({ model, last, strategy_type, symbol }) => {
    // The model in use being newer, as after a promotion by hand of an older one, is somebody's wish.
    // The same model once more asks for nobody.
    if (model === null || last === null || last.promoted || last.learnt_nothing) return [];
    if (model.activated_at !== null && model.activated_at >= last.created_at) return [];
    return [
      item(
        'promotion-refused',
        'note',
        `${strategy_type} ${symbol}: the new model is not in use`,
        last.decision,
        new Date(last.created_at),
        modelPage(last.model_id),
      ),
    ];
  });

const symbolsLeftOut: Rule = (facts) => [
  ...sumUp(facts.leftOutOfPlan).map(({ reason, count, names }) =>
    item(
      'left-out',
      'note',
      `${counted(count, 'pair')} left out of every run`,
      `${names.join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}: ${reason}`,
      null,
      ...(reason.includes('MIN_TRAINING_DATA_POINTS') ? importBars(facts) : []),
    ),
  ),
  ...[...facts.leftOut].flatMap(([strategy, reasons]) =>
    sumUp(
      Object.entries(reasons).map(([symbol, reason]) => ({
        strategy_type: strategy,
        symbol,
        reason: reason.startsWith(symbol) ? reason.slice(symbol.length).replace(/^[:\s]+/, '') : reason,
      })),
    ).map(({ reason, count, names }) =>
      item(
        'left-out',
        'note',
        `${counted(count, 'symbol')} left out of the ${strategy}`,
        `${names.map((name) => name.slice(strategy.length + 1)).join(', ')}${count > names.length ? ` and ${count - names.length} more` : ''}: ${reason}`,
        null,
        open('see the data', '/data'),
      ),
    ),
  ),
];

const deadEntries: Rule = ({ dead }) =>
  dead === null || dead === 0
    ? []
    : [
        item(
          'dead-entries',
          'note',
          `${counted(dead, 'entry').replace(/entrys$/, 'entries')} of the queue no job could be made of`,
          'somebody pushed what the trainers do not understand; the reasons are beside them',
          null,
          open('see them', '/queue'),
        ),
      ];

const barsOld: Rule = (facts) => {
  const { now, newestBars, planned } = facts;
  const symbols = new Set(planned.map(({ symbol }) => symbol));
  const old = [...newestBars].filter(
    ([symbol, at]) => (symbols.has(symbol) || symbols.has(ALL_SYMBOLS)) && seconds(at, now) > barsOldAfter,
  );
  if (old.length === 0) return [];
  const [symbol, at] = old.reduce((a, b) => (a[1] < b[1] ? a : b));
  return [
    item(
      'bars-old',
      'note',
      `${counted(old.length, 'symbol')} without new bars`,
      `the newest bar of ${symbol} is of ${at.toISOString().slice(0, 10)}` +
        (old.length > 1
          ? `; also ${named(old.map(([name]) => name).filter((name) => name !== symbol))}`
          : ''),
      at,
      ...importBars(facts),
      open('see the data', '/data'),
    ),
  ];
};

const rules: readonly Rule[] = [
  serversAway,
  rolesMissing,
  runOverdue,
  queueStuck,
  jobsPostponed,
  jobsFailed,
  modelsMissing,
  modelsStale,
  modelsBelow,
  modelsBelowLive,
  runSlow,
  modelsNotScored,
  promotionsRefused,
  symbolsLeftOut,
  deadEntries,
  barsOld,
];

const ranks = { broken: 0, warning: 1, note: 2 };

/** What somebody should look at, the worst first, each with its reason and what to do about it. */
export function needsAttention(facts: FleetFacts): AttentionItem[] {
  const items = rules.flatMap((rule) => rule(facts));
  // Stable: within a severity in the order of the rules.
  return items.sort((a, b) => ranks[a.severity] - ranks[b.severity]);
}
