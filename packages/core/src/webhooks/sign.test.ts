import { describe, expect, test } from '@jest/globals';
import { webhookHeaders, webhookKey } from './sign.ts';

// Of the public libraries' own tests: standardwebhooks 1.1.1 for JavaScript gives this signature.
test('signs as the public libraries do', () => {
  const headers = webhookHeaders(
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'msg_p5jXN8AQM9LWM0D4loKWxJek',
    new Date(1614265330_999),
    '{"test": 2432232314}',
  );
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

describe('a secret', () => {
  const encoded = (bytes: number): string => `whsec_${Buffer.alloc(bytes, 7).toString('base64')}`;

  test.each([
    [encoded(24), Buffer.alloc(24, 7)],
    [encoded(64), Buffer.alloc(64, 7)],
    ['a text of 24 characters.', Buffer.from('a text of 24 characters.')],
    ['ключключключ', Buffer.from('ключключключ')],
  ])('%s stands for its bytes', (secret, key) => {
    expect(webhookKey(secret)).toEqual(key);
  });

  test.each([
    ['a text of 23 characters', 'too short'],
    [encoded(23), 'too short'],
    [encoded(65), 'too long'],
    ['whsec_', 'nothing'],
    [encoded(32).slice(0, -1), 'cut'],
    [`${encoded(32)} `, 'with a blank'],
    ['whsec_this is no base64 but long enough for it', 'not base64'],
    [
      `whsec_${Buffer.alloc(32, 255).toString('base64url')}`,
      'the alphabet of URLs, which the libraries refuse',
    ],
  ])('%s is none: %s', (secret) => {
    expect(webhookKey(secret)).toBeNull();
  });
});
