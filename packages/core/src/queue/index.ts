export { deadEntries, requeueDead, type DeadEntry, type KnownJobs, type Requeued } from './dead.ts';
export { keys } from './keys.ts';
export { heldEntries, waitingWishes, type HeldEntries } from './overview.ts';
export { jobEntry, parsePayload, wishEntry, type EntryJob, type Payload } from './payload.ts';
export {
  acknowledge,
  bury,
  exchange,
  forgetWaiting,
  requeue,
  push,
  putInOrder,
  queueLength,
  returnAll,
  take,
  type Entry,
} from './queue.ts';
export { dropRepeated, noteSkippedWishes, pairOfWish, pushWish, skippedWishes } from './wishes.ts';
