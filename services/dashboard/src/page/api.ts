import type { Endpoints } from '../schemas/endpoints.ts';
import type { ProblemBody } from '../schemas/problem.ts';
import { askForToken, token } from './token.ts';

type Endpoint = keyof Endpoints;
type Part<E extends Endpoint, P extends string> = Endpoints[E] extends Record<P, infer T> ? T : undefined;
export type Answer<E extends Endpoint> = Endpoints[E]['answer'];
export type Gets = Extract<Endpoint, `GET ${string}`>;
type QueryValue = string | number | boolean | null | undefined;

export interface Asked<E extends Endpoint> {
  /** The parts of the path that stand as :name in it. */
  readonly params?: Readonly<Record<string, string>>;
  readonly query?: Part<E, 'query'> extends undefined
    ? undefined
    : Readonly<Record<string, QueryValue>> & {
        readonly [Name in keyof Part<E, 'query'>]?: Part<E, 'query'>[Name] | undefined;
      };
  readonly body?: Part<E, 'body'>;
  readonly signal?: AbortSignal;
}

/** What the API answers when it doesn't do what was asked. */
export class ApiError extends Error {
  readonly problem: ProblemBody;

  constructor(problem: ProblemBody) {
    super(problem.detail);
    this.name = 'ApiError';
    this.problem = problem;
  }
}

/**
 * Asks the API.
 * @throws ApiError with its problem; Error in words for people when nothing answers
 */
export async function call<E extends Endpoint>(endpoint: E, asked: Asked<E> = {}): Promise<Answer<E>> {
  const [method = 'GET', pattern = ''] = endpoint.split(' ');
  const url = urlOf(pattern, asked.params, asked.query);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token.value !== '') headers['authorization'] = `Bearer ${token.value}`;
  if (method !== 'GET') {
    headers['content-type'] = 'application/json';
    // Asked again after a lost answer, it is done once.
    headers['idempotency-key'] = crypto.randomUUID();
  }
  const send = () =>
    fetch(url, {
      method,
      headers,
      ...(method === 'GET' ? {} : { body: JSON.stringify(asked.body ?? {}) }),
      ...(asked.signal === undefined ? {} : { signal: asked.signal }),
    }).catch((error: unknown) => {
      if (asked.signal?.aborted === true) throw error;
      throw new Error('the dashboard does not answer; this page asks again by itself');
    });
  let response = await send();
  while (response.status === 401 && method !== 'GET') {
    const given = await askForToken(token.value !== '');
    if (given === null) break;
    headers['authorization'] = `Bearer ${given}`;
    response = await send();
  }
  if (!response.ok) throw new ApiError(await problemIn(response));
  return (await response.json()) as Answer<E>;
}

/** The URL of an endpoint, also for links to its JSON. */
function urlOf(
  pattern: string,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, unknown>> | undefined = {},
): string {
  const filled = pattern.replace(/:(\w+)/g, (_all, name: string) => encodeURIComponent(params[name] ?? ''));
  const words = Object.entries(query).filter(
    ([, value]) => value !== undefined && value !== null && value !== '',
  );
  const text = new URLSearchParams(words.map(([name, value]) => [name, String(value)])).toString();
  return text === '' ? filled : `${filled}?${text}`;
}

async function problemIn(response: Response): Promise<ProblemBody> {
  try {
    return (await response.json()) as ProblemBody;
  } catch {
    const { status, statusText } = response;
    return {
      type: 'about:blank',
      title: statusText,
      status,
      code: 'NO_JSON',
      detail: `the answer ${status} is none of the dashboard's: is something between it and this page?`,
      instance: new URL(response.url).pathname,
    };
  }
}
