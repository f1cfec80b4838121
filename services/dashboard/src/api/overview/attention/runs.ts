// Runs, their jobs, and the queue.
import { firstLine } from '../cells.ts';
import { lengthOf } from '../../../length.ts';
import { copy, counted, importBars, item, jobPage, open, seconds, shown, type Rule } from './rule.ts';

/** A scheduler is restarted in less. */
const overdueAfter = 120;
/** A job that is due and finds a free place is taken within seconds. */
const stuckAfter = 300;

export const runOverdue: Rule = ({ now, dueTick, doneTick, roles }) => {
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

export const runSlow: Rule = ({ now, run, period }) => {
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

export const queueStuck: Rule = ({ now, queue, maxRunning, roles }) => {
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

export const jobsPostponed: Rule = ({ queue }) =>
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

export const jobsFailed: Rule = (facts) =>
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

export const deadEntries: Rule = ({ dead }) =>
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
