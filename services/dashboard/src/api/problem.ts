import { FleetError, errorFacts, type ErrorCode } from '@ml-training/core';
import type { ProblemBody } from '../schemas/problem.ts';

/** An answer that is an error: problem+json of RFC 9457, with a code that programs go by. */
export class Problem extends Error {
  readonly status: number;
  readonly code: string;
  readonly more: Readonly<Record<string, unknown>>;

  /**
   * @param detail what was wrong, where, and what to do
   * @param more further members of the body
   */
  constructor(status: number, code: string, detail: string, more: Readonly<Record<string, unknown>> = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.code = code;
    this.more = more;
  }

  body(instance: string): ProblemBody {
    return {
      type: 'about:blank',
      title: titles[this.status] ?? 'Error',
      status: this.status,
      code: this.code,
      detail: this.message,
      instance: instance.split('?')[0]!,
      ...this.more,
    };
  }
}

export const notFound = (detail: string): Problem => new Problem(404, 'NOT_FOUND', detail);

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

/** Status of the fleet's own errors that a request can meet; others are 500. */
const statuses: Partial<Record<ErrorCode, number>> = {
  REQUEST_INVALID: 400,
  SYMBOL_INVALID: 400,
  POSITION_INVALID: 400,
  TOO_FEW_BARS: 422,
  NO_ACTIVE_MODEL: 404,
  MODEL_TOO_OLD: 409,
  BARS_TOO_OLD: 409,
  BARS_OTHER_INTERVAL: 422,
  BARS_UNCLOSED: 422,
  MODEL_NOT_FOUND: 404,
  MODEL_UNUSABLE: 409,
  MODEL_CHANGED: 409,
  NOTHING_TO_ROLL_BACK_TO: 409,
  SWITCH_UNKNOWN: 503,
  MODEL_FILE_MISSING: 409,
  MODEL_FILE_INVALID: 409,
  DATABASE_UNAVAILABLE: 503,
  REGISTRY_UNREACHABLE: 503,
};

/** What a caught value is to whoever asked. */
export function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof FleetError) return new Problem(statuses[error.code] ?? 500, error.code, error.message);
  if (isFastifyError(error)) {
    if (error.validation !== undefined)
      return new Problem(400, 'REQUEST_INVALID', `${error.message}; see /api/docs`);
    if (error.statusCode < 500) return new Problem(error.statusCode, error.code, error.message);
  }
  if (isAway(error))
    return new Problem(
      503,
      'SERVER_UNAVAILABLE',
      `PostgreSQL or Redis does not answer: ${errorFacts(error).error}`,
    );
  // Its words may be anybody's; the log has them.
  return new Problem(
    500,
    'INTERNAL',
    'the request failed for a reason nobody foresaw; the log of the dashboard has it',
  );
}

interface FromFastify {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly validation?: unknown;
}

const isFastifyError = (error: unknown): error is FromFastify =>
  error instanceof Error &&
  'statusCode' in error &&
  typeof error.statusCode === 'number' &&
  'code' in error &&
  typeof error.code === 'string';

/** A connection that was refused, lost, or not answered in time. */
const isAway = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EPIPE|CONNECTION_|CONNECT_TIMEOUT|57P|08)/.test(
    'code' in error ? String(error.code) : '',
  ) ||
    /no answer within|given up|Connection is closed|max retries|Stream isn't writeable/i.test(error.message));
