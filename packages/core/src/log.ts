import winston from 'winston';
import { redactText, type Config } from './config/index.ts';

export type Log = winston.Logger;

/**
 * JSON lines on stdout: time, level, msg, service, instance, then the facts of the call. Children carry
 * context (job_id, strategy_type, symbol, attempt), calls carry facts.
 */
export function createLog(
  config: Pick<Config, 'LOG_LEVEL' | 'LOG_FORMAT'>,
  service: string,
  instance: string,
): Log {
  return winston.createLogger({
    level: config.LOG_LEVEL.toLowerCase(),
    defaultMeta: { service, instance },
    format: config.LOG_FORMAT === 'json' ? json : pretty,
    // winston's own types disagree.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment
    transports: [new winston.transports.Console()],
  });
}

const json = winston.format.printf(({ level, message, service, instance, ...facts }) =>
  JSON.stringify({ time: new Date().toISOString(), level, msg: message, service, instance, ...facts }),
);

const pretty = winston.format.printf(({ level, message, service, instance: _instance, ...facts }) => {
  const rest = Object.entries(facts).map(
    ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const head =
    `${new Date().toISOString().slice(11, 23)} ${level.toUpperCase().padEnd(5)} ` + String(service).padEnd(9);
  return [`${head} ${String(message)}`, ...rest].join('  ');
});

/** What a call of a log says. */
export interface SaidLine {
  /** error, warn, info or debug. */
  readonly level: string;
  readonly message: string;
  /** Those of the call, without the context of the log. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** A log like `log`, of which `hear` is told every line, whatever LOG_LEVEL lets through. */
export function overheard(log: Log, hear: (line: SaidLine) => void): Log {
  // As winston makes its children: all that a logger is told goes through its `write`.
  const write = (info: winston.LogEntry): boolean => {
    const { level, message, ...facts } = info;
    hear({ level, message, facts });
    return log.write(info);
  };
  return Object.create(log, { write: { value: write } }) as Log; // Object.create has no type of its own.
}

/**
 * What may be logged of a caught value, with every URL's password left out. Never the error object whole:
 * ioredis puts the command, and so a password, into its errors.
 */
export function errorFacts(error: unknown): { error: string; code?: string; stack?: string } {
  if (!(error instanceof Error)) return { error: redactText(String(error)) };
  const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
  // Some messages quote their cause already.
  const cause = error.cause instanceof Error ? error.cause.message : '';
  return {
    error: redactText(error.message.includes(cause) ? error.message : `${error.message}: ${cause}`),
    ...code,
    ...(error.stack === undefined ? {} : { stack: redactText(error.stack) }),
  };
}
