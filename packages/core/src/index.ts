export { backOff } from './back-off.ts';
export {
  configSchema,
  environmentOf,
  fileSettings,
  isGiven,
  loadConfig,
  loadPlaces,
  readEnvFile,
  redactText,
  redactUrl,
  secretsIn,
  oldNamesIn,
  ownStrategyProblems,
  plannedStrategies,
  settingsFor,
  type Config,
} from './config/index.ts';
export { boundedDatabase, type BoundedDatabase } from './database/bounded.ts';
export { connectDatabase, ownConnection, type Database } from './database/connect.ts';
export { lastingFault, remedyOf } from './database/fault.ts';
export { checkMarketData } from './database/market-data.ts';
export { migrate, newerThanFleet } from './database/migrate.ts';
export { lookForPooler } from './database/pooler.ts';
export { recordStrategies, refreshStrategies, theStrategy } from './database/strategies.ts';
export { pause, withDeadline } from './deadline.ts';
export { FleetError, type ErrorCode } from './errors.ts';
export { createLog, errorFacts, overheard, type Log, type SaidLine } from './log.ts';
export { connectRedis, redisReady, type Redis } from './redis/connect.ts';
export { explainRedis } from './redis/explain.ts';
export {
  countSteps,
  intervalInWords,
  intervalOf,
  isUnclosed,
  otherIntervalOf,
  rhythmOf,
  type BarRhythm,
} from '@ml-training/sdk';
export {
  ALL_SYMBOLS,
  builtInTypes,
  isBuiltIn,
  isStrategyName,
  isStrategyType,
  jobSymbol,
  strategyOf,
  strategyTypes,
  unknownStrategy,
  type BuiltInStrategy,
  type PromotionMetric,
  type StrategyType,
} from '@ml-training/sdk';
export { isSymbol, noSymbol, shownSymbol, symbolProblem, symbolRefusal, symbolRule } from './symbol.ts';
export * from './bars/index.ts';
export { calendarNames, closedDay, isClosed, sessionOf, type CalendarName } from './calendar/calendar.ts';
export * from './metrics/index.ts';
export * from './models/index.ts';
export * from './queue/index.ts';
export { holdSchedule, lastTick, type Held } from './schedule/hold.ts';
export { longestPeriodSeconds } from './schedule/period.ts';
export { newestDueTick, nextTick, nextTicks, scheduleOf, type Schedule } from './schedule/ticks.ts';
export {
  heldSchedules,
  readSchedule,
  scheduleInWords,
  scheduleJson,
  scheduleProblem,
  weekOfTicks,
  type HeldSchedule,
  type ShownSchedule,
} from './schedule/outlook.ts';
export { isTooLong, lastScheduledRun, type ExpectedRun } from './schedule/too-long.ts';
export { wallTime } from './schedule/wall.ts';
export * from './jobs/index.ts';
export * from './overview/index.ts';
export * from './planning/index.ts';
export * from './registry/index.ts';
export * from './report/index.ts';
export * from './service/index.ts';
export * from './tuning/index.ts';
export * from './cleanup/index.ts';
export * from './webhooks/index.ts';
