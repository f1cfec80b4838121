// Logs in one place (infra/compose/logs.yml), without Vector or Loki: what the files say of each other,
// Vector's program by its own compiler (vrl-python, of PyPI), and a line as Docker really writes it. What
// can't be had here is skipped, and says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { whyNoPromtool } from '@ml-training/testing';
import { parse } from 'yaml';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const vector = parse(read('infra/vector/vector.yml')) as {
  sources: { docker: { include: string[] } };
  transforms: { fleet: { inputs: string[]; source: string } };
  sinks: { loki: { inputs: string[]; endpoint: string; labels: Record<string, string> } };
};
const loki = parse(read('infra/loki/loki.yml')) as {
  server: { http_listen_port: number };
  common: { path_prefix: string };
  limits_config: { retention_period: string };
};
interface Service {
  readonly image: string;
  readonly command: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}
const override = parse(read('infra/compose/logs.yml'), { merge: true }) as {
  services: Record<string, Service>;
};
const main = parse(read('docker-compose.yml'), { merge: true }) as {
  services: Record<string, { logging?: { options: { labels: string } } } & Partial<Service>>;
};

describe('infra/compose/logs.yml', () => {
  test('mounts files that are there, where the programs look for them', () => {
    for (const [name, { command = '', volumes }] of Object.entries(override.services))
      for (const volume of volumes.filter((one) => one.startsWith('./'))) {
        const [file = '', target = ''] = volume.split(':');
        expect([name, existsSync(path.join(root, file))]).toEqual([name, true]);
        if (name !== 'grafana') expect(command).toContain(target);
      }
  });

  test('allows its containers no more than docker-compose.yml its own', () => {
    const { grafana } = main.services;
    for (const name of ['loki', 'vector'])
      for (const key of [
        'read_only',
        'cap_drop',
        'security_opt',
        'pids_limit',
        'init',
        'tmpfs',
        'profiles',
      ] as const)
        expect([name, key, override.services[name]?.[key as keyof Service]]).toEqual([
          name,
          key,
          grafana?.[key as keyof Service],
        ]);
    for (const { image } of [override.services['loki']!, override.services['vector']!])
      expect(image).toMatch(/:v?\d+\.\d+\.\d+/);
    // Docker's socket would make it root of the machine.
    expect(JSON.stringify(override)).not.toContain('docker.sock');
  });

  test('what Vector sends, Loki takes: addresses, labels, and what Docker writes beside each line', () => {
    expect(vector.sinks.loki.endpoint).toBe(`http://loki:${loki.server.http_listen_port}`);
    expect(vector.transforms.fleet.inputs).toEqual(['docker']);
    expect(vector.sinks.loki.inputs).toEqual(['fleet']);
    expect(override.services['vector']!.volumes.join()).toContain(
      `:${vector.sources.docker.include[0]!.split('/*')[0]}:ro`,
    );
    for (const template of Object.values(vector.sinks.loki.labels)) {
      const field = /^\{\{ (\w+) \}\}$/.exec(template)?.[1] ?? '';
      expect(vector.transforms.fleet.source).toContain(`"${field}": `);
    }
    for (const [, label = ''] of vector.transforms.fleet.source.matchAll(/attrs\."([^"]+)"/g))
      expect(main.services['trainer']?.logging?.options.labels.split(',')).toContain(label);
    for (const [, name = ''] of vector.transforms.fleet.source.matchAll(/get_env_var!\("(\w+)"\)/g))
      expect(Object.keys(override.services['vector']!.environment ?? {})).toContain(name);
    expect(override.services['loki']!.volumes.join()).toContain(`loki:${loki.common.path_prefix}`);
    // The compactor deletes in whole days of its index.
    expect(Number(/^(\d+)h$/.exec(loki.limits_config.retention_period)?.[1]) % 24).toBe(0);
  });
});

const folder = mkdtempSync(path.join(tmpdir(), 'vrl-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Why Vector's compiler can't be had. */
function whyNoVrl(): string | undefined {
  const pip = 'python3 -m pip install --quiet --no-deps --target';
  const install = `${pip} ${folder} vrl-python==0.1.0 && PYTHONPATH=${folder} python3 -c 'import vrl_python'`;
  const { status, stderr } = spawnSync('bash', ['-c', install], { encoding: 'utf8', timeout: 120_000 });
  return status === 0
    ? undefined
    : `pip can not install vrl-python: ${stderr.trim().split('\n').at(-1) ?? ''}`;
}

/** Runs lines through the program as Vector does: what it makes of each, or null where it leaves one out. */
function transformed(lines: readonly string[], project = 'ml-training'): (Record<string, string> | null)[] {
  const program = `
import json, sys, vrl_python
given = json.load(sys.stdin)
runtime = vrl_python.VRLRuntime()
runtime.compile(given["source"])
for line in given["lines"]:
    try: made = runtime.execute(given["source"], {"message": line}).processed_event
    except RuntimeError: made = None
    print(json.dumps(made, default=str))`;
  const output = execFileSync('python3', ['-c', program], {
    input: JSON.stringify({ source: vector.transforms.fleet.source, lines }),
    env: { PATH: process.env['PATH'], PYTHONPATH: folder, FLEET_PROJECT: project },
    encoding: 'utf8',
  });
  return output
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string> | null);
}

const noVrl = whyNoVrl();
describe("Vector's program", () => {
  const attrs = { 'com.docker.compose.project': 'ml-training', 'com.docker.compose.service': 'trainer' };
  const line = (log: string, more: object = {}): string =>
    JSON.stringify({ log, stream: 'stdout', time: '2026-01-02T03:04:05.123456789Z', attrs, ...more });

  (noVrl === undefined ? test : test.skip)(
    'compiles, keeps the line as it was, and takes its level out of ' +
      `it${noVrl === undefined ? '' : ` [${noVrl}]`}`,
    () => {
      const said = '{"time":"2026-01-02T03:04:05.120Z","level":"warn","msg":"ünusual","job_id":"1"}';
      const [json, plain, odd] = transformed([
        line(`${said}\n`),
        line('Ready to accept connections\n'),
        line('{"level":7}\n'),
      ]);
      expect(json).toMatchObject({ message: said, level: 'warn', service: 'trainer', stream: 'stdout' });
      expect(json!['timestamp']).toMatch(/^2026-01-02.03:04:05\.123456789/);
      expect(plain).toMatchObject({ message: 'Ready to accept connections', level: 'unknown' });
      expect(odd).toMatchObject({ message: '{"level":7}', level: 'unknown' });
    },
  );

  (noVrl === undefined ? test : test.skip)(
    'leaves out what is not of this fleet, what is empty and what is no line of ' +
      `Docker's${noVrl === undefined ? '' : ` [${noVrl}]`}`,
    () => {
      const others = line('x\n', { attrs: { ...attrs, 'com.docker.compose.project': 'other' } });
      expect(
        transformed([others, line('x\n', { attrs: undefined }), line('\n'), 'garbage', '[]', '{}']),
      ).toEqual(Array(6).fill(null));
    },
  );

  const noDocker = whyNoPromtool() ?? noVrl;
  (noDocker === undefined ? test : test.skip)(
    `reads what Docker writes of a container${noDocker === undefined ? '' : ` [${noDocker}]`}`,
    () => {
      const docker = (...args: string[]): string =>
        execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
      const options = ['--log-driver', 'json-file', '--log-opt', `labels=${Object.keys(attrs).join(',')}`];
      const labels = Object.entries(attrs).flatMap(([name, value]) => ['--label', `${name}=${value}`]);
      const image = 'redis:8';
      const container = docker(
        'run',
        '--detach',
        ...options,
        ...labels,
        '--entrypoint',
        'echo',
        image,
        '{"level":"error"}',
      );
      try {
        docker('wait', container);
        const file = docker('inspect', '--format', '{{.LogPath}}', container);
        // As Vector reads it: root, without any capability.
        const as = ['--user', 'root', '--cap-drop', 'ALL', '--volume', `${path.dirname(file)}:/logs:ro`];
        const written = docker(
          'run',
          '--rm',
          ...as,
          '--entrypoint',
          'cat',
          image,
          `/logs/${path.basename(file)}`,
        );
        expect(transformed([written])).toEqual([
          expect.objectContaining({
            message: '{"level":"error"}',
            level: 'error',
            service: 'trainer',
            stream: 'stdout',
          }),
        ]);
      } finally {
        docker('rm', '--force', '--volumes', container);
      }
    },
  );
});
