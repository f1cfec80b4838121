// The containers' health check: 0 when the service answers /readyz with 200. (The images have no curl.)
// With --once a service that has been ready need only be alive, by /livez: for engines that end what is unhealthy, as
// Swarm does. A server that is away for a while is no reason to end a training.
import { existsSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const wasReady = join(tmpdir(), 'was-ready');
const once = process.argv.includes('--once');
const path = once && existsSync(wasReady) ? 'livez' : 'readyz';
const response = await fetch(`http://127.0.0.1:${process.env.HEALTH_PORT || 8081}/${path}`, {
  signal: AbortSignal.timeout(2500),
});
if (once && response.ok) writeFileSync(wasReady, '');
process.exit(response.ok ? 0 : 1);
