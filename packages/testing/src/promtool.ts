import { execFileSync, spawnSync } from 'node:child_process';
import { whyNoDocker } from './docker-backend.ts';

/** The tag that docker-compose.yml runs. */
export const prometheusImage = 'prom/prometheus:v2.53.3';

/** Why Prometheus's own tool can't be run here; undefined when it can. */
export function whyNoPromtool(): string | undefined {
  if (process.env['TEST_DOCKER'] === '0') return 'TEST_DOCKER=0';
  const reason = whyNoDocker();
  if (reason !== undefined) return reason;
  // Fetched where a registry answers; without one the image may be there already.
  const here = () => spawnSync('docker', ['image', 'inspect', prometheusImage]).status === 0;
  return here() || spawnSync('docker', ['pull', '--quiet', prometheusImage]).status === 0
    ? undefined
    : `the image ${prometheusImage} can not be had`;
}

/**
 * Runs promtool in a container that sees `folder` as /checked, and no network.
 * @throws Error with what it printed when it finds fault
 */
export function promtool(args: readonly string[], { folder = '', input = '' } = {}): string {
  const mount = folder === '' ? [] : ['--volume', `${folder}:/checked:ro`, '--workdir', '/checked'];
  const command = ['run', '--rm', '--interactive', '--network', 'none', ...mount];
  return execFileSync('docker', [...command, '--entrypoint', 'promtool', prometheusImage, ...args], {
    input,
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}
