// `npm run -s stack`: docker-compose.yml with stack.yml over it, and the settings of .env, as one file that Swarm takes:
//   npm run -s stack | docker stack deploy -c - ml-training
// Further files that change something are named behind: npm run -s stack -- -f mine.yml. Needs docker's compose plugin, no engine.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { toStack } from './to-stack.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
const files = ['-f', 'docker-compose.yml', '-f', 'infra/swarm/stack.yml', ...process.argv.slice(2)];
const { status, stdout, error } = spawnSync(
  'docker',
  ['compose', ...files, '--profile', 'ml-training', 'config', '--format', 'json'],
  { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1e8 },
);
if (error) process.stderr.write(`docker compose can not be run: ${error.message}\n`);
if (status === 0) process.stdout.write(`${JSON.stringify(toStack(JSON.parse(stdout)), null, 2)}\n`);
process.exitCode = status ?? 1;
