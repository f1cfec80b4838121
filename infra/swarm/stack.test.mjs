// What `npm run -s stack` prints, against docker-compose.yml. Needs docker's command and no engine; without it is skipped, and says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toStack } from './to-stack.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const command = spawnSync('docker', ['compose', 'version'], { timeout: 60_000 }).status === 0;
const folder = mkdtempSync(path.join(tmpdir(), 'stack-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Of the settings that are given, and of no .env of a developer. */
const options = (env) => ({
  cwd: root,
  encoding: 'utf8',
  env: { PATH: process.env.PATH, HOME: process.env.HOME, COMPOSE_ENV_FILES: '/dev/null', ...env },
});
const compose = (env, ...args) =>
  JSON.parse(
    execFileSync(
      'docker',
      ['compose', ...args, '--profile', 'ml-training', 'config', '--format', 'json'],
      options(env),
    ),
  );
const printed = (env, ...args) =>
  JSON.parse(execFileSync(process.execPath, ['infra/swarm/stack.mjs', ...args], options(env)));

(command ? describe : describe.skip)(`the stack${command ? '' : ' [no docker compose command]'}`, () => {
  let stack;
  beforeAll(() => {
    stack = printed({ POSTGRES_PASSWORD: 'hunter2', REDIS_PASSWORD: 'hunter2', API_TOKEN: 'hunter2' });
  });

  test('has every service of docker-compose.yml but prepare, with its settings, limits and commands', () => {
    const { prepare, ...services } = compose({}).services;
    expect(prepare).toBeDefined();
    expect(Object.keys(stack.services).sort()).toEqual(Object.keys(services).sort());
    for (const [name, { environment = {}, mem_limit: memory, pids_limit: pids, ...same }] of Object.entries(
      services,
    )) {
      const service = stack.services[name];
      const given = Object.entries(environment).filter(
        ([key, value]) => value !== null && !/PASSWORD/.test(key),
      );
      expect(service.environment ?? {}).toMatchObject(Object.fromEntries(given));
      expect(service.deploy.resources.limits).toEqual({ pids, ...(memory && { memory }) });
      expect(service).toMatchObject({ init: true, logging: same.logging });
      for (const key of ['read_only', 'cap_drop']) expect(service[key]).toEqual(same[key]);
    }
    expect(stack.services.trainer.deploy.replicas).toBe(3);
  });

  test('has secrets as files alone, whatever compose is given', () => {
    expect(JSON.stringify(stack)).not.toContain('hunter2');
    for (const name of ['scheduler', 'trainer', 'heartbeat', 'metrics', 'dashboard'])
      expect(stack.services[name].environment).toMatchObject({
        POSTGRES_PASSWORD: '',
        POSTGRES_PASSWORD_FILE: '/run/secrets/postgres_password',
        REDIS_PASSWORD: '',
        REDIS_PASSWORD_FILE: '/run/secrets/redis_password',
        API_TOKEN: '',
        API_TOKEN_FILE: '/run/secrets/api_token',
      });
    expect(Object.values(stack.secrets).map(({ external }) => external)).toEqual([true, true, true]);
  });

  test('publishes the page, and no port that compose keeps to 127.0.0.1', () => {
    const ports = Object.entries(stack.services).flatMap(([name, { ports: all = [] }]) =>
      all.map(({ target, published }) => `${name} ${target} ${published}`),
    );
    expect(ports).toEqual(['dashboard 8080 8080']);
  });

  test('keeps data on labelled nodes, and replaces one task after the other', () => {
    const where = Object.entries(stack.services).map(([name, { deploy }]) => [
      name,
      deploy.placement?.constraints?.join() ?? '',
      deploy.update_config.order,
    ]);
    expect(where.sort()).toEqual([
      ['dashboard', 'node.labels.ml-training.work == true', 'start-first'],
      ['heartbeat', '', 'start-first'],
      ['metrics', '', 'start-first'],
      ['redis', 'node.labels.ml-training.data == true', 'stop-first'],
      ['scheduler', 'node.labels.ml-training.work == true', 'start-first'],
      ['timescaledb', 'node.labels.ml-training.data == true', 'stop-first'],
      ['trainer', 'node.labels.ml-training.work == true', 'start-first'],
    ]);
  });

  test('takes images of a registry, and files of one’s own over it', () => {
    const mine = path.join(folder, 'mine.yml');
    writeFileSync(
      mine,
      'services: {redis: {deploy: {replicas: 0}}}\nvolumes: {models: {driver_opts: {type: nfs, device: ":/x"}}}\n',
    );
    const own = printed({ IMAGE_PREFIX: 'registry.example/fleet', IMAGE_TAG: 'v2' }, '-f', mine);
    expect(own.services.trainer.image).toBe('registry.example/fleet/trainer:v2');
    expect(own.services.redis.deploy.replicas).toBe(0);
    expect(own.volumes.models).toEqual({ driver_opts: { type: 'nfs', device: ':/x' } });
  });

  test('is what docker stack takes', () => {
    // Of docker's command since 25.
    if (spawnSync('docker', ['stack', 'config', '--help']).status !== 0) return;
    const file = path.join(folder, 'stack.json');
    writeFileSync(file, JSON.stringify(stack));
    const { status, stderr } = spawnSync('docker', ['stack', 'config', '-c', file], options({}));
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});

test('what only compose knows becomes what Swarm knows', () => {
  const deploy = { restart_policy: { condition: 'any' }, resources: {} };
  const stack = toStack({
    name: 'p',
    services: {
      one: {
        deploy,
        build: {},
        command: null,
        restart: 'always',
        tmpfs: ['/tmp'],
        shm_size: '1024',
        mem_limit: '0',
        volumes: [{ type: 'bind', source: '/a', target: '/b', bind: { create_host_path: true } }],
      },
      two: { deploy: { resources: {} } },
    },
    networks: { default: { name: 'p_default', ipam: {} }, other: { name: 'other', external: true } },
    volumes: { unused: { name: 'p_unused' } },
  });
  expect(stack).toEqual({
    version: '3.9',
    services: {
      one: {
        volumes: [
          { type: 'bind', source: '/a', target: '/b' },
          { type: 'tmpfs', target: '/tmp' },
          { type: 'tmpfs', target: '/dev/shm', tmpfs: { size: 1024 } },
        ],
        ports: [],
        deploy: { ...deploy, resources: { limits: {} } },
      },
    },
    networks: { default: { ipam: {} }, other: { name: 'other', external: true } },
    volumes: {},
    secrets: {},
    configs: {},
  });
});
