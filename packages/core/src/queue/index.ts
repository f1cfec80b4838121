export { keys } from './keys.ts';
export { jobEntry, parsePayload, type Payload } from './payload.ts';
export { acknowledge, bury, giveBack, push, queueLength, returnAll, take, type Entry } from './queue.ts';
