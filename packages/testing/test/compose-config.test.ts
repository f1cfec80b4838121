// docker-compose.yml as compose reads it, with and without a .env. Needs
// docker's command and no engine; without it is skipped, and says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../../..');
const command = spawnSync('docker', ['compose', 'version'], { timeout: 10_000 }).status === 0;

interface Service {
  readonly build?: unknown;
  readonly pull_policy?: string;
  readonly init?: boolean;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly logging?: { readonly driver: string; readonly options: Readonly<Record<string, string>> };
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string | null>>;
  readonly command?: readonly string[];
  readonly ports?: readonly { readonly host_ip?: string; readonly published?: string }[];
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly scale?: number;
  readonly volumes?: readonly { readonly source?: string; readonly target: string }[];
}

const folder = mkdtempSync(path.join(tmpdir(), 'compose-config-'));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(path.join(folder, 'infra/compose'), { recursive: true });
for (const name of ['docker-compose.yml', 'infra/compose/ports.yml', 'infra/compose/logs.yml'])
  cpSync(path.join(root, name), path.join(folder, name));
beforeEach(() => rmSync(path.join(folder, '.env'), { force: true }));

const compose = (...args: string[]): string =>
  execFileSync('docker', ['compose', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], HOME: process.env['HOME'] },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
const services = (...args: string[]): Readonly<Record<string, Service>> =>
  // What compose prints of the file under test.
  (JSON.parse(compose(...args, 'config', '--format', 'json')) as { services: Record<string, Service> })
    .services;
const names = (...args: string[]): string[] =>
  compose(...args, 'config', '--services')
    .trim()
    .split('\n')
    .sort();
const withEnv = (text: string): void => writeFileSync(path.join(folder, '.env'), text);

const whole = [
  'dashboard',
  'heartbeat',
  'metrics',
  'prepare',
  'redis',
  'scheduler',
  'timescaledb',
  'trainer',
];

(command ? describe : describe.skip)(
  `docker compose config${command ? '' : ' [no docker compose command]'}`,
  () => {
    test("the guide's --profile lines name the fleet, with and without the .env of .env.example, which needs none", () => {
      for (const setUp of [
        () => undefined,
        () => cpSync(path.join(root, '.env.example'), path.join(folder, '.env')),
      ]) {
        setUp();
        expect(names('--profile', 'ml-training')).toEqual(whole);
        expect(names('--profile', 'default', '--profile', 'ml-training')).toEqual(whole);
        expect(names('--profile', 'default')).toEqual(['dashboard', 'prepare', 'redis', 'timescaledb']);
      }
      // As for ps, logs, stop and down.
      expect(names()).toEqual(whole);
    });

    test('every container has limits, logs that rotate, and an init', () => {
      const all = services('--profile', 'ml-training');
      expect(Object.keys(all).sort()).toEqual(whole);
      for (const [name, service] of Object.entries(all)) {
        expect({ name, ...service }).toMatchObject({
          name,
          init: true,
          pids_limit: expect.any(Number),
          logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
        });
        // PostgreSQL has sized itself for the memory that it saw at its first start.
        expect(Number(service.mem_limit ?? 0) > 0).toBe(name !== 'timescaledb');
        expect(service.restart).toBe(name === 'prepare' ? undefined : 'unless-stopped');
      }
      withEnv('TRAINER_MEMORY=3g\nTIMESCALEDB_MEMORY=4g\nTIMESCALEDB_CONNECTIONS=400\nLOG_MAX_SIZE=1m\n');
      const set = services('--profile', 'ml-training');
      expect(set['trainer']?.mem_limit).toBe(String(3 * 2 ** 30));
      expect(set['timescaledb']?.mem_limit).toBe(String(4 * 2 ** 30));
      expect(set['timescaledb']?.command).toEqual(['postgres', '-c', 'max_connections=400']);
      expect(set['redis']?.logging?.options['max-size']).toBe('1m');
    });

    test('profile monitoring adds three official images of fixed versions, with limits, on the loopback, and allowed next to nothing', () => {
      const added = ['alertmanager', 'grafana', 'prometheus'];
      expect(names('--profile', 'monitoring')).toEqual(added);
      const all = services('--profile', 'ml-training', '--profile', 'monitoring');
      expect(Object.keys(all).sort()).toEqual([...whole, ...added].sort());
      for (const name of added) {
        const service = all[name]!;
        expect({ name, ...service }).toMatchObject({
          name,
          image: expect.stringMatching(/^(prom|grafana)\/\w+:v?\d+\.\d+\.\d+$/),
          init: true,
          pids_limit: expect.any(Number),
          logging: { driver: 'json-file', options: { 'max-size': '10m', 'max-file': '5' } },
          restart: 'unless-stopped',
          read_only: true,
          cap_drop: ['ALL'],
          security_opt: ['no-new-privileges:true'],
        });
        expect(Number(service.mem_limit)).toBeGreaterThan(0);
        expect(service.build).toBeUndefined();
        expect(service.ports?.map((port) => port.host_ip)).toEqual(['127.0.0.1']);
      }
    });

    test('ALERT_WEBHOOK_URL picks the configuration that posts alerts, ALERTMANAGER_CONFIG any other', () => {
      const configuration = (env: string): string | undefined => {
        withEnv(env);
        const { volumes = [] } = services('--profile', 'monitoring')['alertmanager']!;
        return path.basename(volumes.find(({ target }) => target.endsWith('.yml'))?.source ?? '');
      };
      expect(configuration('')).toBe('alertmanager.yml');
      expect(configuration('ALERT_WEBHOOK_URL=http://example.com/x\n')).toBe('alertmanager-webhook.yml');
      expect(configuration('ALERTMANAGER_CONFIG=./mine.yml\nALERT_WEBHOOK_URL=http://example.com/x\n')).toBe(
        'mine.yml',
      );
    });

    test('Grafana reads the database as PostgreSQL is set up, or as a user of its own', () => {
      const user = (env: string) => {
        withEnv(env);
        const { environment = {} } = services('--profile', 'monitoring')['grafana']!;
        return [environment['FLEET_POSTGRES_USER'], environment['FLEET_POSTGRES_PASSWORD']];
      };
      expect(user('')).toEqual(['postgres', 'postgres']);
      expect(user("POSTGRES_PASSWORD='p@ss word'\n")).toEqual(['postgres', 'p@ss word']);
      expect(
        user('POSTGRES_PASSWORD=a\nGRAFANA_POSTGRES_USER=grafana\nGRAFANA_POSTGRES_PASSWORD=b\n'),
      ).toEqual(['grafana', 'b']);
    });

    test('the override for logs adds Loki and Vector, and leaves the rest as it is', () => {
      const files = ['-f', 'docker-compose.yml', '-f', 'infra/compose/logs.yml'];
      const without = services('--profile', 'ml-training', '--profile', 'monitoring');
      const { loki, vector, grafana, ...rest } = services(
        ...files,
        '--profile',
        'ml-training',
        '--profile',
        'monitoring',
      );
      const { grafana: before, ...others } = without;
      expect([loki?.ports, vector?.ports]).toEqual([undefined, undefined]);
      expect(rest).toEqual(others);
      expect(grafana?.volumes?.length).toBe((before?.volumes?.length ?? 0) + 1);
    });

    test('what is built here is never asked for at a registry', () => {
      for (const service of Object.values(services('--profile', 'ml-training')))
        expect(service.pull_policy).toBe(service.build === undefined ? undefined : 'never');
    });

    test('services start once prepare has found the settings right', () => {
      const all = services('--profile', 'ml-training');
      for (const role of ['scheduler', 'trainer', 'heartbeat', 'metrics', 'dashboard'])
        expect(all[role]?.depends_on?.['prepare']?.condition).toBe('service_completed_successfully');
    });

    test('MAX_CONCURRENT_TRAINING_JOBS is the number of trainers', () => {
      expect(services('--profile', 'ml-training')['trainer']?.scale).toBe(3);
      withEnv('MAX_CONCURRENT_TRAINING_JOBS=5           # More parallelism\n');
      expect(services('--profile', 'ml-training')['trainer']?.scale).toBe(5);
    });

    test('Redis and TimescaleDB are published on the loopback by the override, and not without', () => {
      const ports = (...args: string[]) => {
        const all = services(...args, '--profile', 'ml-training');
        return ['redis', 'timescaledb'].map((name) =>
          (all[name]?.ports ?? []).map(({ host_ip: host, published }) => `${host ?? ''}:${published ?? ''}`),
        );
      };
      expect(ports()).toEqual([[], []]);
      const override = [['127.0.0.1:6379'], ['127.0.0.1:5432']];
      expect(ports('-f', 'docker-compose.yml', '-f', 'infra/compose/ports.yml')).toEqual(override);
      withEnv(
        'COMPOSE_FILE=docker-compose.yml:infra/compose/ports.yml    # bots\nPUBLISHED_REDIS_PORT=6380\n',
      );
      expect(ports()).toEqual([['127.0.0.1:6380'], ['127.0.0.1:5432']]);
    });

    // As docs/operations.md says to write them.
    test.each([
      ["'p@ss/w#rd:1'", 'p@ss/w#rd:1'],
      ["'a $HOME ${HOME} $$ % \" \\ ü🔑 ='", 'a $HOME ${HOME} $$ % " \\ ü🔑 ='],
      ["' blanks '", ' blanks '],
      ['"it\'s"', "it's"],
      ['plain', 'plain'],
    ])(
      'a password written %s in .env reaches servers and services alike, and npm start',
      (written, password) => {
        withEnv(`POSTGRES_PASSWORD=${written}\nREDIS_PASSWORD=${written}\n`);
        // What Node reads, as npm start and the ml command do.
        expect(parseEnv(`P=${written}\n`)).toEqual({ P: password });
        // compose prints $ as $$, so that its output can be read by it again.
        const all = services('--profile', 'ml-training');
        const plain = (value: string | null | undefined) => value?.replaceAll('$$', '$');
        expect(plain(all['timescaledb']?.environment?.['POSTGRES_PASSWORD'])).toBe(password);
        expect(plain(all['redis']?.environment?.['REDISCLI_AUTH'])).toBe(password);
        expect(plain(all['redis']?.command?.at(-1))).toBe(password);
        for (const name of ['prepare', 'scheduler', 'trainer', 'heartbeat', 'metrics'])
          expect({
            name,
            postgres: plain(all[name]?.environment?.['POSTGRES_PASSWORD']),
            redis: plain(all[name]?.environment?.['REDIS_PASSWORD']),
          }).toEqual({ name, postgres: password, redis: password });
      },
    );
  },
);
