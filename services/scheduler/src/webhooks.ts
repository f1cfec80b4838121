import {
  boundedDatabase,
  claimWebhooks,
  noteTry,
  pause,
  redactText,
  redactUrl,
  retryUntilAnswered,
  scheduleOf,
  secretsIn,
  tellOverdue,
  throttledWarning,
  wantWebhooks,
  type BoundedDatabase,
  type Config,
  type Log,
  type ServiceContext,
  type WebhookEvent,
} from '@ml-training/core';
import { post, type Receiver } from './post.ts';

/** Of one statement. */
const answerMs = 10_000;
const lookEveryMs = 2000;
const overdueEveryMs = 30_000;
/** As the Standard Webhooks specification has it, 15 to 30 s. */
const timeoutMs = 15_000;
/** An event is somebody else's after that: longer than a try and the noting of it take. */
const leaseSeconds = 60;
/** Of claiming, posting and noting: what is not noted by then may be posted twice, under the same id. */
const noteMs = 30_000;
/** Posted side by side. */
const atOnce = 4;
/**
 * A receiver that has too much to do is left alone for so long, or as it asks, but for no longer than the
 * latter.
 */
const rest = { minMs: 30_000, maxMs: 3_600_000 };
/**
 * A stop lets what is under way come to its end for so long: whether an event has arrived is not known
 * otherwise.
 */
const lastAnswerMs = 3000;

export type DeliveryContext = Pick<ServiceContext, 'config' | 'log' | 'sql' | 'stopping'>;

/**
 * Posts events to WEBHOOK_URL until asked to stop; without one, sees to it that none are written. Any number
 * of schedulers may do so at once.
 */
export async function keepPosting(context: DeliveryContext): Promise<void> {
  const { config, log, sql, stopping } = context;
  const database = boundedDatabase(sql, { ms: answerMs, what: 'webhooks' });
  const warn = throttledWarning(log, 'could not see to the webhooks');
  const unlessStopped = (error: unknown): void => {
    if (!stopping.aborted) warn(error);
  };
  const wanted = config.WEBHOOK_URL !== '';
  if (wanted) log.info('webhooks are posted', { to: redactUrl(config.WEBHOOK_URL) });
  const schedule = scheduleOf(config);
  const due = { toLookForRuns: 0, toPost: 0 };

  const look = async (): Promise<'more' | 'later' | 'over'> => {
    // Each time: a scheduler without a WEBHOOK_URL that is about to be replaced may have said no.
    await database.run((own) => wantWebhooks(own, wanted), stopping);
    if (!wanted) return 'over';
    if (performance.now() >= due.toLookForRuns) {
      due.toLookForRuns = performance.now() + overdueEveryMs;
      await database.run((own) => tellOverdue(own, schedule), stopping).catch(unlessStopped);
    }
    if (performance.now() < due.toPost) return 'later';
    const round = await postDue(context, database, receiverOf(config));
    due.toPost = performance.now() + round.pauseMs;
    if (round.gone) {
      await noted(context, () => database.run((own) => wantWebhooks(own, false)));
      log.error('the receiver of webhooks answered 410 Gone: none is written or posted any more', {
        to: redactUrl(config.WEBHOOK_URL),
        advice: 'correct WEBHOOK_URL, or take it out; restart the scheduler to try the same one again',
      });
      return 'over';
    }
    return round.full && round.pauseMs === 0 ? 'more' : 'later';
  };

  for (let next: string | undefined = 'more'; next !== 'over' && !stopping.aborted;) {
    if (next !== 'more') await pause(lookEveryMs, stopping);
    next = (await look().catch(unlessStopped)) ?? 'later';
  }
  await database.end();
}

export function receiverOf(config: Config): Receiver {
  return { url: config.WEBHOOK_URL, secret: config.WEBHOOK_SECRET, timeoutMs, secrets: secretsIn(config) };
}

interface Round {
  /** There may be more that is due. */
  readonly full: boolean;
  /** The receiver wants to be left alone for so long. */
  readonly pauseMs: number;
  /** The receiver wants no events any more. */
  readonly gone: boolean;
}

/** Posts some of the events that are due, and notes what came of each. */
export async function postDue(
  { log, stopping }: Pick<DeliveryContext, 'log' | 'stopping'>,
  database: BoundedDatabase,
  receiver: Receiver,
): Promise<Round> {
  const events = await database.run((sql) => claimWebhooks(sql, { atMost: atOnce, leaseSeconds }), stopping);
  const cutOff = new AbortController();
  const onStop = (): void => void setTimeout(() => cutOff.abort(), lastAnswerMs).unref();
  if (stopping.aborted) onStop();
  stopping.addEventListener('abort', onStop);
  let pauseMs = 0;
  let gone = false;
  try {
    await Promise.all(
      events.map(async (event) => {
        const outcome = await post(
          receiver,
          event.webhook_id,
          bodyOf(event, receiver.secrets),
          cutOff.signal,
        );
        if (outcome.asks === 'no more') gone = true;
        if (outcome.kind === 'failed' && outcome.asks === 'patience') {
          const asked = Math.min((outcome.retryAfter ?? 0) * 1000, rest.maxMs);
          pauseMs = Math.max(pauseMs, asked, rest.minMs);
        }
        const became = await noted({ log, stopping }, () =>
          database.run((sql) => noteTry(sql, event, outcome)),
        );
        if (outcome.kind === 'failed') say(log, event, outcome.error, became);
      }),
    );
  } finally {
    stopping.removeEventListener('abort', onStop);
  }
  return { full: events.length === atOnce, pauseMs, gone };
}

/** The first failure of an event, and that it is given up; the tries in between say nothing new. */
function say(log: Log, event: WebhookEvent, error: string, became: string | null): void {
  const facts = { webhook_id: event.webhook_id, type: event.type, tries: event.tries + 1, error };
  if (became === 'given up') log.error('a webhook was given up: its receiver never took it', facts);
  else if (event.tries === 0) log.warn('a webhook was not taken, and is posted again later', facts);
}

/** The text that is signed and posted, the same at every try. */
function bodyOf({ type, made_at, data }: WebhookEvent, secrets: readonly string[]): string {
  return JSON.stringify({
    type,
    timestamp: made_at.toISOString(),
    // What people or programs have put into words; the rest are ids, numbers and names.
    data: Object.fromEntries(
      Object.entries(data).map(([name, value]) => [
        name,
        prose.has(name) && typeof value === 'string' ? redactText(value, secrets) : value,
      ]),
    ),
  });
}

const prose = new Set(['decision', 'error_message', 'reason']);

/** Tries what a database that is away for a moment must hear, else an event would be posted twice. */
async function noted<T>(
  { log, stopping }: Pick<DeliveryContext, 'log' | 'stopping'>,
  step: () => Promise<T>,
): Promise<T> {
  const tries = AbortSignal.any([stopping, AbortSignal.timeout(noteMs)]);
  const answer = await retryUntilAnswered(
    async () => ({ is: await step() }),
    'noting webhooks',
    { tries },
    log,
  );
  if (answer === null) throw new Error(`PostgreSQL took no note of webhooks within ${noteMs / 1000} s`);
  return answer.is;
}
