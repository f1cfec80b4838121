export { cleanCheckpoints } from './checkpoint-cleaner.ts';
export { cleanUp, type CleanupContext, type Removal } from './clean-up.ts';
export { freedBytes } from './freed-bytes.ts';
