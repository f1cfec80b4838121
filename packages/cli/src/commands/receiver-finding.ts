import { errorFacts, redactUrl, type Config } from '@ml-training/core';
import { fine, wrong, type Finding } from './finding.ts';

/**
 * Whether the receiver of webhooks answers at all: a HEAD is no event,
 * so it may refuse it as it likes. Nothing without WEBHOOK_URL.
 */
export async function receiverFinding({ WEBHOOK_URL }: Config, answerMs: number): Promise<Finding[]> {
  if (WEBHOOK_URL === '') return [];
  const url = new URL(WEBHOOK_URL);
  const where = redactUrl(WEBHOOK_URL);
  // fetch takes no URL with a user or password in it.
  url.username = '';
  url.password = '';
  try {
    const signal = AbortSignal.timeout(answerMs);
    const { status } = await fetch(url, { method: 'HEAD', redirect: 'manual', signal });
    return [fine('webhooks', `${where} answers (HTTP ${status} to HEAD)`)];
  } catch (error) {
    const why = error instanceof Error && error.cause !== undefined ? error.cause : error;
    const { error: message, code } = errorFacts(why);
    return [
      wrong(
        'webhooks',
        `${where} (WEBHOOK_URL): ${message === '' ? (code ?? 'no answer') : message}`,
        'start the receiver, or correct WEBHOOK_URL; what happens meanwhile is posted later (docs/webhooks.md)',
      ),
    ];
  }
}
