export { keys } from './keys.ts';
export { jobEntry, parsePayload, type Payload } from './payload.ts';
export { acknowledge, bury, giveBack, push, queueLength, returnAll, take } from './queue.ts';
