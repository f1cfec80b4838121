import { redactText, retryAfterSeconds, webhookHeaders, type Outcome } from '@ml-training/core';
import manifest from '../package.json' with { type: 'json' };

/** So much of an answer that is no success is read, for people; of a success nothing. */
const answerBytes = 300;
const errorLength = 500;

export interface Receiver {
  /** May hold user and password. */
  readonly url: string;
  readonly secret: string;
  readonly timeoutMs: number;
  /** What must not be seen in a row or a log. */
  readonly secrets: readonly string[];
}

/** With what the receiver asks of the whole fleet. */
export type Posted = Outcome & { readonly asks?: 'patience' | 'no more' };

/**
 * Posts a body once. Only an answer of 200 to 299 is a success; a redirect is none, as it may lead anywhere.
 * @param stop gives the try up, which then is none
 */
export async function post(receiver: Receiver, id: string, body: string, stop: AbortSignal): Promise<Posted> {
  const { url, login } = withoutLogin(receiver.url);
  const timeout = AbortSignal.timeout(receiver.timeoutMs);
  try {
    const response = await fetch(url, {
      method: 'POST',
      redirect: 'manual',
      body,
      headers: {
        'content-type': 'application/json',
        'user-agent': `ml-training/${manifest.version}`,
        // One that is kept may be closed by the receiver just as the next event is sent on it.
        connection: 'close',
        ...(login === '' ? {} : { authorization: `Basic ${login}` }),
        ...webhookHeaders(receiver.secret, id, new Date(), body),
      },
      signal: AbortSignal.any([timeout, stop]),
    });
    if (response.ok) {
      response.body?.cancel().catch(() => undefined);
      return { kind: 'delivered' };
    }
    return await refused(response, receiver);
  } catch (error) {
    if (stop.aborted) return { kind: 'interrupted' };
    const why = timeout.aborted ? `no answer within ${receiver.timeoutMs / 1000} s` : wordsOf(error);
    return { kind: 'failed', error: shown(why, receiver), retryAfter: null };
  }
}

async function refused(response: Response, receiver: Receiver): Promise<Posted> {
  const { status, headers } = response;
  const redirect = status >= 300 && status < 400;
  const said = redirect
    ? `to ${headers.get('location') ?? 'nowhere'}, which is not followed: let WEBHOOK_URL name the ` +
      'last address'
    : await beginning(response);
  if (redirect) response.body?.cancel().catch(() => undefined);
  const asks = status === 410 ? 'no more' : [429, 502, 503, 504].includes(status) ? 'patience' : undefined;
  return {
    kind: 'failed',
    error: shown(`HTTP ${status} ${said}`.trim(), receiver),
    retryAfter: retryAfterSeconds(headers.get('retry-after'), new Date()),
    ...(asks === undefined ? {} : { asks }),
  };
}

/** The first bytes of an answer, as far as they come: it may have no end. */
async function beginning(response: Response): Promise<string> {
  // fetch's bodies are of bytes; its type says any.
  const body = response.body as AsyncIterable<Uint8Array> | null;
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    // Leaving the loop cancels the rest.
    for await (const part of body ?? []) {
      parts.push(part);
      length += part.length;
      if (length >= answerBytes) break;
    }
  } catch {
    // What was said so far is worth showing all the same.
  }
  return Buffer.concat(parts).subarray(0, answerBytes).toString().replaceAll(/\s+/g, ' ').trim();
}

/** fetch takes no URL with a user or password in it. login: them as base64, '' for none. */
function withoutLogin(text: string): { url: string; login: string } {
  const url = new URL(text);
  const login = [url.username, url.password].map(decodeURIComponent).join(':');
  url.username = '';
  url.password = '';
  return { url: url.href, login: login === ':' ? '' : Buffer.from(login).toString('base64') };
}

/** fetch says "fetch failed", and why in the cause. */
function wordsOf(error: unknown): string {
  const cause = isErrorLike(error) && isErrorLike(error.cause) ? error.cause : error;
  if (!isErrorLike(cause)) return String(cause);
  // Where a name has several addresses, the message of their common failure is empty.
  return cause.message || (cause.code ?? 'no answer');
}

/** By its shape: in a test, fetch's errors are not of the same realm. */
const isErrorLike = (value: unknown): value is { message: string; cause?: unknown; code?: string } =>
  typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';

function shown(text: string, { url, secrets }: Receiver): string {
  const { login } = withoutLogin(url);
  const clean = redactText(text, login === '' ? secrets : [login, ...secrets]);
  return clean.length > errorLength ? `${clean.slice(0, errorLength - 1)}…` : clean;
}
