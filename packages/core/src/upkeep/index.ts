export { cleanUp, type Removal, type UpkeepContext } from './clean-up.ts';
export { removeLeftovers } from './leftovers.ts';
