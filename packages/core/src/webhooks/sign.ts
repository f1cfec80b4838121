import { createHmac } from 'node:crypto';

const prefix = 'whsec_';
/** Of a key, in bytes; the least and the most of the Standard Webhooks specification. */
const bytes = { min: 24, max: 64 };

/**
 * The key that WEBHOOK_SECRET stands for: what follows whsec_ is base64, any other text stands for its own
 * bytes.
 * @returns null for what is no secret: too short, or not base64
 */
export function webhookKey(secret: string): Buffer | null {
  if (!secret.startsWith(prefix)) {
    const key = Buffer.from(secret);
    return key.length < bytes.min ? null : key;
  }
  const encoded = secret.slice(prefix.length);
  const key = Buffer.from(encoded, 'base64');
  // Node passes over what isn't base64; a receiver's library refuses it.
  const exact = key.toString('base64') === encoded;
  return exact && key.length >= bytes.min && key.length <= bytes.max ? key : null;
}

/**
 * The headers by which a receiver knows who has sent a body and when, and that nobody changed it:
 * standardwebhooks.com.
 * @param secret WEBHOOK_SECRET
 * @param id without a full stop; the same at every try
 * @param at of this try
 */
export function webhookHeaders(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const key = webhookKey(secret);
  if (key === null) throw new Error('WEBHOOK_SECRET is no secret to sign with');
  const timestamp = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
