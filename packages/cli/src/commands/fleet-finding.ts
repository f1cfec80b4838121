import { fine, wrong, type Finding } from './finding.ts';

/** Twice as long as between two heartbeats: whoever wrote this one is gone. */
const staleSeconds = 60;
const look =
  'what it names is to be mended; "docker compose ps -a", "docker compose logs ROLE" or .runtime/logs/ tell more';

/** How the fleet is, by its heartbeat's key. */
export function fleetFinding(text: string | null, now: Date): Finding {
  if (text === null)
    return wrong(
      'fleet',
      'no heartbeat: no fleet runs on these servers',
      'run "npm start" here, or "docker compose --profile ml-training up -d"; "docker compose ps -a" shows what did not start',
    );
  // Written by the heartbeat service, or by what can't start.
  const { status, timestamp, problems, roles } = JSON.parse(text) as {
    status: string;
    timestamp: string;
    problems: readonly string[];
    roles: Readonly<Record<string, { instances: number }>>;
  };
  const age = Math.round((now.getTime() - Date.parse(timestamp)) / 1000);
  if (age > staleSeconds)
    return wrong(
      'fleet',
      `the last heartbeat is ${age} s old and said ${status}`,
      'start the heartbeat service again',
    );
  if (status !== 'healthy') return wrong('fleet', `${status}: ${problems.join('; ')}`, look);
  const counts = Object.entries(roles).map(([role, { instances }]) => `${instances} ${role}`);
  return fine('fleet', `healthy: ${counts.join(', ')}`);
}
