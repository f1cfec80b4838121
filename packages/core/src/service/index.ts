export { lastBeats, liveInstances, publishHeartbeat, roles, type Beat, type Role } from './beat.ts';
export { connectProbe, databaseTrouble, inWords, redisTrouble, troubles, type Trouble } from './trouble.ts';
export { listen } from './health.ts';
export { refusal } from './connected.ts';
export { onceAMinute } from './once-a-minute.ts';
export { runService, type ServiceContext } from './run.ts';
export { notedObstacles } from './obstacle.ts';
export { beginRequest, finishRequest, forgetRequest, type Former } from './requests.ts';
