export { liveInstances, roles, type Beat, type Role } from './beat.ts';
export { listen } from './health.ts';
export { onceAMinute, runService, unreachable, type ServiceContext } from './run.ts';
