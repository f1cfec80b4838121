import { strategyWords } from './strategy-words.ts';

/** A field in words, an object of fields, or a list with what is in it. */
export type Shape = string | readonly [Shape] | { readonly [field: string]: Shape };

const pair = { strategy_type: strategyWords, symbol: 'text; @ALL for the job of an ensemble' };
const reasons: Shape = [{ ...pair, reason: 'text' }];

const job = {
  job_id: 'uuid',
  run_id: 'uuid or null',
  ...pair,
  status: 'queued, running, completed, failed or cancelled',
  trigger: 'schedule, manual or tick',
  attempt: 'number of the last attempt, from 1; 0 before it',
  max_attempts: 'number',
  postponed: 'times it was put off, for what is no fault of its own, since an attempt last counted',
  retry_at: 'time or null',
  created_at: 'time',
  started_at: 'time of the last attempt, or null',
  completed_at: 'time when it ended, however it did, or null',
  trainer_id: 'text or null',
  progress: 'from 0 to 1',
  stage: 'text or null',
  error_code: 'text or null',
  error_message: 'text or null',
  retry_of: 'uuid of the job that this one tries again, or null',
  left_out: 'object: symbols that it left out, and why; or null',
} satisfies Shape;

const live =
  'object: how it did on the bars since its training, {scored_at, rows, first_row, last_row, score, value, ' +
  'rule, rule_value, difference, low, high, verdict, says}; null when it was not scored yet';

const switched: Shape = {
  outcome: 'switched, or already where it was in use',
  model_id: 'uuid',
  previous_model_id: 'uuid of the one it took the place of, or null',
  listeners: 'bots that heard of it at once',
};

/**
 * What each command prints with --json; docs/reference/cli.md
 * shows it, and a test compares it with what is printed.
 */
export const jsonShapes: Readonly<Record<string, Shape>> = {
  import: [
    {
      file:
        "text; with it, where the file is not of the fleet's own CSV, recognised: an object of what it is, " +
        'which with --dry-run is all there is; with --adjust-splits, splits: a list of {symbol, time, ratio, bars}',
      rows: 'in the file',
      inserted: 'new ones',
      revised: 'that were there with other values',
      unchanged: 'number',
      symbols: ['text'],
      columns: 'list: those besides the price and the volume',
      data_check:
        'object: by symbol {interval_seconds, findings}, findings a list of {kind, row, count, words, time}',
    },
  ],
  fetch: [
    {
      symbol: 'text',
      inserted: 'new ones',
      revised: 'that were there with other values',
      from: 'time of the first that was fetched, or null',
      to: 'time of the last one, or null',
      data_check:
        'object: {interval_seconds, findings}, findings as of import; null where nothing was stored',
    },
  ],
  train: {
    run_id: 'uuid',
    jobs: 'list: of {job_id, strategy_type, symbol}; with --wait what "ml jobs" prints',
    skipped: reasons,
    nothing_new: reasons,
  },
  jobs: [job],
  job: {
    ...job,
    result: 'object: what the training came to, or null',
    run: 'object: {run_id, trigger, scheduled_for, requested_at, finished_at}, or null',
    models: 'list: of {model_id, symbol, is_active, decision, file_path, accuracy, baseline, return}',
    retried_by: 'uuid of the newest job that tries this one again, or null',
    open_job_id: 'uuid of the job of the pair that waits or runs, or null',
    advice: 'text: what can be done about its error, or null',
    cannot_retry: 'text: why it can not be tried again now; null when it can',
    cannot_cancel: 'text: why it can not be cancelled now; null when it can',
    attempts:
      'list: of {seq, attempt, trainer_id, queued_at, due_at, started_at, ended_at, outcome, error_code, error_message}',
    logs: 'list: of {seq, at, attempt, level, message, facts} with --logs, else null',
  },
  cancel: { job_id: 'uuid', outcome: 'cancelled, or already', was: 'its status before' },
  retry: { job_id: 'uuid of the new job', run_id: 'uuid', ...pair, retry_of: 'uuid' },
  queue: {
    length: 'entries of ml_training_queue',
    waiting: [
      {
        strategy_type: strategyWords,
        ready: 'jobs that a trainer may take now',
        later: 'jobs that wait for their next attempt',
        oldest_at: 'time since when the oldest ready one waits, or null',
        next_retry_at: 'time or null',
      },
    ],
    next: [
      {
        job_id: 'uuid, or null where no job is made of it yet',
        strategy_type: `${strategyWords}; null where no job can be made of it`,
        symbol: 'text or null',
        why: 'text: who asked for it',
      },
    ],
    estimate: {
      trainers: 'number: how many jobs are trained side by side',
      ends_at: 'time when all that waits and runs is done at the earliest, by the last trainings; or null',
      next_run: 'time or null',
      too_long: 'whether it ends after the next run is due',
      unmeasured: 'list: of strategies that were never trained, which are not in it',
    },
    held: [{ trainer_id: 'text', jobs: 'list: of job_id; null for an entry no job is made of yet' }],
    dead: {
      count: 'number',
      items: [
        {
          id: 'text, for ml queue requeue',
          at: 'time or null',
          reason: 'text',
          payload: 'text: the first 1000 bytes',
          cannot_requeue: 'text: why it can not be put back; null when it can',
        },
      ],
    },
  },
  models: [
    {
      model_id: 'uuid',
      strategy_type: strategyWords,
      symbol: 'text',
      created_at: 'time',
      is_active: 'whether it is in use',
      activated_at: 'time when it last came into use, or null',
      withdrawn_at: 'time when somebody rolled back from it, or null',
      file_path: 'models/STRATEGY/SYMBOL/FILE, below MODEL_DIR',
      sha256: 'of the file',
      size_bytes: 'number: of the file',
      shared_by: 'number: how many models that file is of, this one included',
      job_id: 'uuid or null',
      parent_model_id: 'uuid of the model it went on from, or null',
      metrics: 'object: docs/judging.md',
      decision: 'text: why it was promoted or not',
      decision_facts:
        'object: {ground, policy, metric, champion_id, floor, edge, comparison, nothing_learnt, ' +
        'incomparable_runs}, docs/judging.md; null of a model from before there were any',
      data_from: 'time of the first bar',
      data_to: 'time of the last bar that it was fitted or chosen on',
      holdout_from: 'time of the first bar that it was judged on, or null',
      holdout_to: 'time of the last one, or null',
      judged_data_to:
        'of a refitted model, time of the last bar that what was judged was fitted or chosen on; else null',
      refit_rows: 'number: rows that it was refitted on, or null',
      bar_seconds: 'number: how long a bar lasts, or null',
      data_sha256: 'of the bars',
      params: 'object: docs/settings.md',
      code_sha256: "of the files of a strategy of one's own, or null",
      newest_bar: 'time of the newest bar of the symbol, or null',
      live,
      live_problem: 'text: why it could not be scored on new bars; null when nothing is wrong',
    },
  ],
  evaluate: {
    strategy_type: strategyWords,
    seed: 'number',
    bars: 'newest bars of each symbol',
    symbols: 'list: an element a symbol, with its folds and the scores over all of them',
    skipped: [{ symbol: 'text', reason: 'text' }],
  },
  tune: [
    {
      ...pair,
      params: 'object: settings that trainings use; {} where those of before are kept',
      tuned_at: 'time when they were found; null where no search has ended',
      looked_at: 'time when a search last ended or failed',
      problem: 'text: why the last one failed; null when it did not',
      facts: 'object: {trials, folds, rows, seed, data_to, score, lead}; null where no search has ended',
      search:
        'object: of a search that was asked for {trials, chosen, space, folds, seed, bars, data_from, data_to, ' +
        'kept}, trials a list of {trial, values, folds, rows, score, lead, seconds, problem}; else null',
    },
  ],
  strategies: [
    {
      strategy_type: strategyWords,
      built_in: 'true or false',
      scope: 'all, symbol, or null where it can not be used',
      learner: 'ensemble, lstm, rl, lightgbm, logistic, own, or null where it is not known here',
      label: 'direction or null',
      window: 'bars that a row of features looks at, or null',
      features: 'list: their names; or null',
      sum: 'SHA-256 over its folder, or null',
      planned: 'whether a run trains it',
      problem: 'text: why it can not be used; null when it can',
    },
  ],
  'models pull': {
    folder: 'text: where the files are now',
    written: 'number: files that were written',
    linked: 'number: further names of such files',
    kept: 'number: files that were there already',
    problems: 'list: of {file_path, problem}, models that could not be read',
  },
  'strategies check': {
    strategy_type: strategyWords,
    learner: 'as in the list',
    scope: 'all or symbol',
    needs: 'object: {symbols, columns} that it looks at besides, or null',
    sum: 'SHA-256 over its folder; null of a built-in',
    file: 'its strategy.ts; null of a built-in',
    params: 'object: settings that are not left at their defaults',
    symbols: [
      {
        symbol: 'text',
        bars: 'number',
        from: 'time of the first',
        to: 'time of the last',
        features: [
          {
            name: 'text',
            last: 'list: its newest 3 values, oldest first; null for what is no finite number, here and below',
            min: 'of its finite values from bar window - 1 on',
            mean: 'of the same',
            max: 'of the same',
            deviation: 'of the same',
            not_finite: 'how many from there on are no finite number; there must be none',
            first_finite: 'its first bar that has a finite value, from 0',
            constant: 'whether it is the same at every bar',
          },
        ],
        rows: 'object: {train, validation, holdout}, or null where it did not come to that',
        labels: 'object: of the training rows {rows, classes} or {rows, mean, deviation, quantiles}; or null',
      },
    ],
    window: 'bars that a row of features looks at, or null',
    label: 'object: {kind, task, horizon}, or null',
    verdicts: [
      {
        check: 'features, window, labels, leaks or training',
        ok: 'true, false, or null where nobody looked (to the end)',
        detail: 'text: what was found',
      },
    ],
    leaks: "object: as in a job's result, or null",
    warnings: ['text: what somebody should look at though it passes'],
    evaluation: 'object: {seconds, reduced, symbols}, symbols as in the report of a job; or null',
    console: ['text: a line that the strategy wrote'],
  },
  report: {
    model_id: 'uuid',
    report: 'text: path of the file of HTML, or null',
    csv: 'text: path of the file of CSV, or null',
  },
  promote: switched,
  rollback: switched,
  predict: {
    strategy_type: strategyWords,
    symbol: 'text',
    time: 'of the last bar',
    bar_age_seconds: 'number',
    probability: 'that the price rises over the horizon; null of a model that says something else',
    probabilities: 'object: of a model of several classes that of each by its name; else null',
    score: 'number that the model ranks bars by',
    score_meaning: 'text: what that is: a probability, an expected label, a preference',
    horizon: 'bars',
    action: 'buy, sell or hold',
    position: '-1 short, 0 flat, 1 long',
    held: 'as --position said',
    model_id: 'uuid',
    file_path: 'text',
    model_created_at: 'time',
    model_age_seconds: 'number',
    stale: 'whether to think twice, for the reasons stale_because',
    stale_because: 'list of text: old bars, a model below the naive rule on the bars since its training',
    live,
    explanation:
      'object: with --explain {kind, of, total, base, features}, features of {name, value, contribution}, ' +
      'the largest first; else null',
  },
  watch: {
    queue_length: 'entries of ml_training_queue',
    next_run: 'time or null',
    roles: 'object: how many live, by role',
    jobs_by_status: 'object: how many rows, by status',
    active_models: 'number',
    newest_jobs: 'list: those that run, then those that wait, then those that ended',
  },
  cleanup: {
    dry_run: 'whether nothing was deleted',
    removals: [{ what: 'text', name: 'text', why: 'text: the setting that it goes by' }],
    freed_bytes: 'number: what several models share counts once, with the last of them',
  },
  doctor: [
    { ok: 'whether it is as it should be', check: 'text', detail: 'text', advice: 'text: what to do' },
  ],
};
