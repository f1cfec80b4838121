export { retryAfterSeconds } from './again.ts';
export {
  claimWebhooks,
  expireWebhooks,
  noteTry,
  readWebhookTotals,
  wantWebhooks,
  type Outcome,
  type WebhookEvent,
  type WebhookTotals,
} from './outbox.ts';
export { tellOverdue } from './overdue.ts';
export { webhookHeaders } from './sign.ts';
