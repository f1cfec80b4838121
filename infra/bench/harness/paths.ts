import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../../..');
export const benchDir = path.join(root, 'infra/bench');
/** What the bench keeps between runs: results, a part's files, the peers' Python. Not in git. */
export const runtimeDir = path.join(root, '.runtime/bench');
export const sampleDir = path.join(root, 'infra/sample-data');
