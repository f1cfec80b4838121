// A fleet of the test's own on the cluster that KUBECONFIG names: an overlay in a namespace and in folders of its own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectDatabase, connectRedis, type Database, type Job, type Redis } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { forward, type Forward } from './forward.ts';
import { kubectl, manifestsIn, rendered } from './kubectl.ts';

export const namespace = 'ml-training-test';
const setUp = `${namespace}-set-up`;
const sampleData = path.resolve(import.meta.dirname, '../../sample-data');
const password = 'a-password-of-this-test';
const secrets = {
  POSTGRES_USER: 'postgres',
  POSTGRES_PASSWORD: password,
  REDIS_PASSWORD: password,
  API_TOKEN: 'a-token-of-this-test',
  AWS_ACCESS_KEY_ID: 'fleet',
  AWS_SECRET_ACCESS_KEY: 'a-secret-of-this-test',
};
/** However busy the cluster is. */
const patience = 30 * 60_000;

interface PodShown {
  readonly metadata: { readonly name: string; readonly deletionTimestamp?: string };
  readonly status: { readonly phase: string };
}

export interface Fleet {
  readonly sql: Database;
  readonly redis: Redis;
  readonly modelDir: string;
  jobs(): Promise<Job[]>;
  /** kubectl in the fleet's namespace. */
  kubectl(...args: string[]): string;
  /** Applies the overlay with its images of a tag, and waits until all of it is there. */
  roll(tag: string): Promise<void>;
  /** The pods of trainers that are to run, or run. */
  trainers(): PodShown[];
  importBars(symbols: readonly string[]): void;
  train(): void;
  /** Brings the models that are registered here, into `modelDir`. */
  fetchModels(): void;
  get(service: string, port: number, address: string): Promise<Response>;
  remove(): void;
}

/** @throws Error where a fleet of this test is there already */
export async function startFleet(overlay: string, tag: string): Promise<Fleet> {
  const uid = makeFolders();
  const own = (...args: string[]): string => kubectl(['-n', namespace, ...args]);
  const apply = (imageTag: string): void => {
    const text = rendered(overlay)
      // Names of the test's own, for what a cluster has once.
      .replace(/\bml-training(?=$|\.svc|-(redis|timescaledb|models)$)/gm, namespace)
      .replaceAll('/var/lib/ml-training/', `/var/lib/${namespace}/`)
      .replace(/(image: ml-training\/\w+)$/gm, `$1:${imageTag}`)
      // All of it fits on a node of two cores.
      .replace(/cpu: "1"$/gm, 'cpu: 100m')
      // Whoever `postgres` is in the image at hand.
      .replace(/(runAsUser|runAsGroup): 70$/gm, `$1: ${uid}`);
    own('delete', 'job', 'migrate', '--ignore-not-found');
    kubectl(['apply', '-f', '-'], text);
  };
  const [space] = manifestsIn(rendered(overlay)).filter(({ kind }) => kind === 'Namespace');
  kubectl(
    ['apply', '-f', '-'],
    JSON.stringify({ ...space, metadata: { ...space!.metadata, name: namespace } }),
  );
  own(
    'create',
    'secret',
    'generic',
    'secrets',
    ...Object.entries(secrets).map(([name, value]) => `--from-literal=${name}=${value}`),
  );
  apply(tag);

  const wait = (): void => {
    for (const kind of ['statefulset', 'deployment'])
      for (const name of own('get', kind, '-o', 'name').trim().split('\n'))
        if (name !== '') own('rollout', 'status', name, `--timeout=${patience / 1000}s`);
    own('wait', '--for=condition=complete', 'job/migrate', `--timeout=${patience / 1000}s`);
  };
  wait();

  const forwards: Forward[] = [];
  const to = async (service: string, port: number): Promise<string> => {
    const one = await forward(namespace, service, port);
    forwards.push(one);
    return `127.0.0.1:${one.port}`;
  };
  const sql = connectDatabase(`postgres://postgres:${password}@${await to('timescaledb', 5432)}/tradebot`, {
    applicationName: 'kubernetes test',
  });
  const redis = connectRedis(`redis://:${password}@${await to('redis', 6379)}`, {
    name: 'kubernetes test',
    onError: () => undefined,
  });
  await until(() => sql`SELECT 1`, { what: 'the database, through a forwarded port' });
  const modelDir = mkdtempSync(path.join(tmpdir(), 'models-'));
  const addresses = new Map<string, string>();

  return {
    sql,
    redis,
    modelDir,
    jobs: () => sql<Job[]>`SELECT * FROM ml_training_jobs ORDER BY created_at, strategy_type, symbol`,
    kubectl: own,
    roll: async (next) => {
      apply(next);
      wait();
    },
    trainers: () => {
      const { items } = JSON.parse(
        own('get', 'pods', '-l', 'app.kubernetes.io/name=trainer', '-o', 'json'),
      ) as { items: PodShown[] };
      return items.filter(
        ({ metadata, status }) =>
          metadata.deletionTimestamp === undefined && ['Pending', 'Running'].includes(status.phase),
      );
    },
    importBars: (symbols) => {
      const rows = symbols.map((symbol) => {
        // Each of the sample files again under other names.
        const [sample = ''] = symbol.split('-');
        const text = readFileSync(path.join(sampleData, `${sample}.csv`), 'utf8');
        return text.slice(text.indexOf('\n') + 1).replaceAll(`,${sample},`, `,${symbol},`);
      });
      const file = `time,symbol,open,high,low,close,volume\n${rows.join('')}`;
      const command = ['exec', '-i', 'deploy/dashboard', '--', 'ml', 'import', '/dev/stdin'];
      kubectl(['-n', namespace, ...command], file);
    },
    train: () => void own('exec', 'deploy/dashboard', '--', 'ml', 'train'),
    fetchModels: () => {
      const pull =
        'if [ -n "$MODEL_STORE" ]; then ml models pull /tmp/pulled --all >&2; cd /tmp/pulled; else cd "$MODEL_DIR"; fi; tar c .';
      const files = execFileSync(
        'kubectl',
        ['-n', namespace, 'exec', 'deploy/dashboard', '--', 'sh', '-c', pull],
        { maxBuffer: 1e9, stdio: ['ignore', 'pipe', 'pipe'] },
      );
      rmSync(modelDir, { recursive: true });
      execFileSync('sh', ['-c', `mkdir ${modelDir} && tar x -C ${modelDir}`], { input: files });
    },
    get: async (service, port, address) => {
      if (!addresses.has(service)) addresses.set(service, await to(service, port));
      return until(() => fetch(`http://${addresses.get(service)!}${address}`), {
        what: `an answer of ${service}`,
      });
    },
    remove: () => {
      redis.disconnect();
      void sql.end({ timeout: 1 });
      for (const one of forwards) one.end();
      rmSync(modelDir, { recursive: true, force: true });
      removeAll();
    },
  };
}

/** What a run that was broken off has left, too. */
export function removeAll(): void {
  kubectl(['delete', 'namespace', namespace, setUp, '--ignore-not-found', '--timeout=300s']);
  for (const name of ['redis', 'timescaledb', 'models'])
    kubectl(['delete', 'pv', `${namespace}-${name}`, '--ignore-not-found']);
}

/** What docs/kubernetes.md has a person do on the node, as a pod; which number the image gives its `postgres`. */
function makeFolders(): string {
  const folder = `/var/lib/${namespace}`;
  const script =
    'rm -rf /host/*; install -d -o 1000 -g 1000 /host/models; install -d -o 999 -g 999 /host/redis; ' +
    'install -d -o postgres -g postgres -m 700 /host/timescaledb; id -u postgres';
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'folders', namespace: setUp },
    spec: {
      restartPolicy: 'Never',
      containers: [
        {
          name: 'folders',
          image: 'timescale/timescaledb:2.19.3-pg17',
          imagePullPolicy: 'IfNotPresent',
          command: ['sh', '-c', script],
          securityContext: { runAsUser: 0 },
          volumeMounts: [{ name: 'host', mountPath: '/host' }],
        },
      ],
      volumes: [{ name: 'host', hostPath: { path: folder, type: 'DirectoryOrCreate' } }],
    },
  };
  kubectl(['create', 'namespace', setUp]);
  kubectl(['apply', '-f', '-'], JSON.stringify(pod));
  kubectl(['-n', setUp, 'wait', '--for=jsonpath={.status.phase}=Succeeded', 'pod/folders', '--timeout=300s']);
  return kubectl(['-n', setUp, 'logs', 'folders']).trim();
}
