export { lastBeats, liveInstances, publishHeartbeat, roles, type Beat, type Role } from './beat.ts';
export { connectProbe, databaseTrouble, inWords, redisTrouble, troubles, type Trouble } from './trouble.ts';
export { listen } from './health.ts';
export { onceAMinute, runService, type ServiceContext } from './run.ts';
