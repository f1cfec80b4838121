import {
  keptLines,
  lastLineOf,
  noteLogLines,
  overheard,
  pause,
  redactText,
  secretsIn,
  throttledWarning,
  withDeadline,
  type Claim,
  type Log,
  type LogLine,
  type SaidLine,
} from '@ml-training/core';
import { answerMs } from './answered.ts';
import type { JobContext } from './run-job.ts';

const writeEveryMs = 1000;
/** More of one text is of use to nobody, and a page shows hundreds of lines. */
const maxLength = { message: 2000, facts: 8000 };

type Line = Omit<LogLine, 'attempt' | 'seq'>;

export interface JobLog {
  /** A log like the one given, whose lines are kept. */
  readonly log: Log;
  /** Writes what there is now, or gives up after so long; never rejects. */
  flush(patienceMs: number): Promise<void>;
  /** Settles after the last lines were written, or could not be. */
  end(): Promise<void>;
}

/**
 * Keeps what is logged of a job in its rows of ml_training_logs: from INFO on, with ML_TRAINING_DEBUG from
 * DEBUG on. Written about once a second; what can't be written waits for the next time. A line is worth no
 * failed job.
 */
export function keepJobLog(context: JobContext, claim: Claim, log: Log): JobLog {
  const { config, sql, leaving } = context;
  const secrets = secretsIn(config);
  const pending = pendingLines();
  const warn = throttledWarning(log, 'log lines of a job were not written');
  const ended = new AbortController();

  const hear = (said: SaidLine): void => {
    if (said.level === 'debug' && !config.ML_TRAINING_DEBUG) return;
    try {
      pending.add(lineOf(said, secrets));
    } catch (error) {
      // Facts of which no JSON can be made.
      warn(error);
    }
  };
  let first: number | null = null;
  const write = async (): Promise<void> => {
    const last = first === null ? await lastLineOf(sql, claim.jobId) : null;
    // One that was given up may have come this far meanwhile, and what it wrote stays as it is numbered.
    const from = (first ??= 1 + (last ?? 0));
    const batch = pending.batch();
    await noteLogLines(
      sql,
      claim,
      batch.map(({ nr, line }) => ({ ...line, seq: from + nr })),
    );
    pending.written(batch.at(-1)?.nr ?? -1);
  };
  // One at a time, as they are numbered.
  let writing: Promise<unknown> = Promise.resolve();
  const flush = async (patienceMs: number): Promise<void> => {
    const turn = writing.then(async () => {
      if (!pending.isEmpty()) await withDeadline(write(), patienceMs, 'writing log lines', leaving);
    });
    writing = turn.catch(warn);
    await writing;
  };
  const loop = (async () => {
    while (!ended.signal.aborted) {
      await pause(writeEveryMs, ended.signal);
      await flush(answerMs);
    }
    // What came while the last write was under way, or was more than one statement takes.
    await flush(answerMs);
  })();
  return {
    log: overheard(log, hear),
    flush,
    end: () => {
      ended.abort();
      return loop;
    },
  };
}

/** As many lines as are kept in the end, each under its number from 0; those in the middle go first. */
function pendingLines() {
  let count = 0;
  let waiting: { readonly nr: number; readonly line: Line }[] = [];
  return {
    add: (line: Line): void => {
      waiting.push({ nr: count++, line });
      if (waiting.length > keptLines.first + keptLines.newest) waiting.splice(keptLines.first, 1);
    },
    isEmpty: (): boolean => waiting.length === 0,
    batch: () => waiting.slice(0, keptLines.newest),
    written: (upTo: number): void => {
      waiting = waiting.filter(({ nr }) => nr > upTo);
    },
  };
}

/** The line as PostgreSQL takes it, without what is secret. */
function lineOf({ level, message, facts }: SaidLine, secrets: readonly string[]): Line {
  // PostgreSQL keeps no NUL, nor half a character.
  const clean = (text: string): string => redactText(text, secrets).replaceAll('\0', '').toWellFormed();
  const json = JSON.stringify(facts, (_, value: unknown) =>
    typeof value === 'string' ? clean(value) : typeof value === 'bigint' ? `${value}` : value,
  );
  return {
    at: new Date(),
    level,
    message: clean(clean(message).slice(0, maxLength.message)),
    facts:
      json.length <= maxLength.facts
        ? (JSON.parse(json) as LogLine['facts']) // Of an object comes an object.
        : { cut_off: json.slice(0, maxLength.facts).toWellFormed() },
  };
}
