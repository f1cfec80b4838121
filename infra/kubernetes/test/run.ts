// npm run test:kubernetes: the overlays on a real cluster with KEDA, that of KUBECONFIG; nothing is started here. What it makes is in
// namespaces and folders of its own, and removed at the end. The nodes must have or be able to pull the images:
//
//   for role in scheduler trainer heartbeat metrics dashboard; do
//     docker build -f infra/Dockerfile --target $role -t ml-training/$role:one .
//     echo "FROM ml-training/$role:one" | docker build --label build=two -t ml-training/$role:two -
//   done
//   docker build -t ml-training-test/seaweedfs - < infra/kubernetes/test/seaweedfs.Dockerfile
//
// and then go to the nodes by whatever the cluster has for it (kind load docker-image, k3s ctr images import, …).
import { keys, type Job } from '@ml-training/core';
import { until } from '@ml-training/testing';
import { brokenInvariants } from '../../../services/trainer/test/fleet.ts';
import { namespace, removeAll, startFleet, type Fleet } from './fleet.ts';
import { kubectl, whyNoKubectl } from './kubectl.ts';

const minutes = 60_000;
/** Tags of the images: what is begun with, and what is rolled to. */
const one = 'one';
const two = 'two';
const most = 3;
/** Twelve jobs of two strategies. */
const symbols = ['GOOG', 'SP500', 'EURUSD', 'GOOG-2', 'SP500-2', 'EURUSD-2'];
const began = performance.now();
const say = (text: string): void => {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${text}`);
};

function check(right: boolean, what: string): void {
  if (!right) throw new Error(`not so: ${what}`);
}

/** Everything that must hold once all is over (I1 to I7): what doesn't, in words. */
async function broken(fleet: Fleet): Promise<string[]> {
  fleet.fetchModels();
  const found = await brokenInvariants(fleet);
  const { sql } = fleet;
  const [overlap] = await sql<{ most: number }[]>`
    SELECT max(running)::int AS most FROM (
      SELECT (SELECT count(*) FROM ml_training_attempts b
              WHERE b.started_at <= a.started_at AND coalesce(b.ended_at, 'infinity') > a.started_at) AS running
      FROM ml_training_attempts a) at_each_start`;
  if ((overlap?.most ?? 0) > most) found.push(`${overlap!.most} jobs ran at a time`);
  const [counted] = await sql<{ rows: number; counted: number; rival: number }[]>`
    SELECT (SELECT count(*) FROM ml_training_jobs WHERE status = 'completed')::int AS rows,
           (SELECT coalesce(sum(count), 0) FROM ml_training_totals WHERE name = 'ended' AND label = 'completed')::int AS counted,
           (SELECT count(*) FROM (SELECT 1 FROM ml_training_attempts WHERE outcome = 'completed'
             GROUP BY job_id HAVING count(*) > 1) twice)::int AS rival`;
  if (counted?.rows !== counted?.counted)
    found.push(`${counted?.counted} jobs are counted, of ${counted?.rows}`);
  if (counted?.rival !== 0) found.push(`${counted?.rival} jobs were completed twice`);
  return found;
}

interface Fault {
  /** What is done to the fleet while this job is in training. */
  readonly fault?: (job: Job) => Promise<void> | void;
  /** Trainers that run while there is no work. */
  readonly atRest?: number;
}

interface Watched {
  /** Most trainers at a time. */
  readonly trainers: number;
  readonly jobs: readonly Job[];
}

/** Asks for a run, does a fault in the middle of it, and waits until it is over and all is as before. */
async function run(fleet: Fleet, count: number, { fault, atRest = 0 }: Fault = {}): Promise<Watched> {
  const before = (await fleet.jobs()).length;
  let trainers = 0;
  const look = async (): Promise<Job[]> => {
    trainers = Math.max(trainers, fleet.trainers().length);
    return (await fleet.jobs()).slice(before);
  };
  const rest = () =>
    until(() => fleet.trainers().length === atRest, { what: `${atRest} trainers`, ...slowly });
  await rest();
  fleet.train();
  if (fault !== undefined) {
    const busy = await until(
      async () => {
        const jobs = await look();
        return trainers >= Math.min(most, count) || atRest > 0 ? jobs.find(isInTraining) : undefined;
      },
      { what: 'a job in training, and as many trainers as may be', ...slowly },
    );
    await fault(busy);
  }
  const jobs = await until(
    async () => {
      const found = await look();
      return (
        found.length > 0 && found.every(({ status }) => status !== 'queued' && status !== 'running') && found
      );
    },
    { what: 'every job to end', ...slowly },
  );
  check(jobs.length === count, `${count} jobs, not ${jobs.length}`);
  await rest();
  // What a dead trainer held is put back when its last beat is 20 s old, and dropped as over.
  await until(async () => (await stillListed(fleet)) === 0, { what: 'the lists to empty', ...slowly });
  const faults = await broken(fleet);
  check(faults.length === 0, `I1 to I7: ${faults.join('; ')}`);
  const again = jobs.filter(({ attempt }) => attempt > 1).length;
  say(
    `  ${jobs.length} of ${count} jobs completed, each once; ${trainers} trainers at most, then ${atRest}; ` +
      `${again} took a second attempt; I1 to I7 hold`,
  );
  return { trainers, jobs };
}

const slowly = { timeoutMs: 30 * minutes, everyMs: 300 };
/** Of a strategy that takes seconds on the fastest machine, so that what is done comes in the middle of it. */
const isInTraining = ({ status, stage, strategy_type: strategy }: Job): boolean =>
  status === 'running' && stage !== null && strategy === 'rl';
const stillListed = async ({ redis }: Fleet): Promise<number> =>
  (await redis.keys(keys.processing('*'))).length + (await redis.llen(keys.queue));

/** Whose pod a trainer's id names: HOST-PID-RANDOM. */
const podOf = ({ trainer_id: id }: Job): string => id!.replace(/-\d+-[0-9a-f]+$/, '');

async function oneNode(): Promise<void> {
  say('overlays/one-node: Redis, PostgreSQL and models on the node');
  const fleet = await startFleet('overlays/one-node', one);
  say('  up');
  fleet.importBars(['GOOG', 'SP500']);
  await run(fleet, 5);
  say(
    `  in the folder: ${fleet.kubectl('exec', 'deploy/dashboard', '--', 'sh', '-c', 'cd models && ls -d */*').trim().split('\n').join(', ')}`,
  );
  fleet.remove();
}

async function withoutKeda(): Promise<void> {
  say('trainers as a Deployment, without KEDA');
  const fleet = await startFleet('test/overlays/without-keda', one);
  fleet.importBars(['GOOG', 'SP500']);
  const trainers = fleet.trainers();
  check(trainers.length === 2, `as many trainers as MAX_CONCURRENT_TRAINING_JOBS, not ${trainers.length}`);
  await run(fleet, 5, {
    atRest: 2,
    fault: (job) => {
      fleet.kubectl('delete', 'pod', podOf(job), '--wait=false');
      say(`  in the middle of ${job.strategy_type} ${job.symbol} its trainer is deleted`);
    },
  });
  fleet.remove();
}

/** What the attempts of a job came to, in order. */
async function outcomes({ sql }: Fleet, { job_id: id }: Job): Promise<string> {
  const rows = await sql<{ outcome: string }[]>`
    SELECT outcome FROM ml_training_attempts WHERE job_id = ${id} ORDER BY seq`;
  return rows.map(({ outcome }) => outcome).join(', ');
}

/** What is done to the fleet in the middle of a run, and what has to become of the job at hand. */
interface Trial {
  readonly name: string;
  readonly what: string;
  readonly fault: (fleet: Fleet, job: Job) => Promise<void> | void;
  readonly outcomes?: string;
}

const trials: readonly Trial[] = [
  {
    name: 'delete',
    what: 'the pod of a trainer is deleted',
    fault: (fleet, job) => void fleet.kubectl('delete', 'pod', podOf(job), '--wait=false'),
    outcomes: 'handed_back, completed',
  },
  {
    name: 'evict',
    what: 'the pod of a trainer is evicted',
    fault: (_, job) => {
      const eviction = {
        apiVersion: 'policy/v1',
        kind: 'Eviction',
        metadata: { name: podOf(job), namespace },
      };
      const path = `/api/v1/namespaces/${namespace}/pods/${podOf(job)}/eviction`;
      kubectl(['create', '--raw', path, '-f', '-'], JSON.stringify(eviction));
    },
    outcomes: 'handed_back, completed',
  },
  {
    name: 'roll',
    what: 'the image of every service is replaced',
    fault: async (fleet) => {
      await fleet.roll(two);
      const images = ['deploy/scheduler', 'scaledjob/trainer'].map(
        (name) => /ml-training\/\w+:\w+/.exec(fleet.kubectl('get', name, '-o', 'yaml'))?.[0],
      );
      say(`  now ${images.join(', ')}`);
    },
  },
  {
    name: 'redis',
    what: "Redis's pod is lost",
    fault: (fleet) => void fleet.kubectl('delete', 'pod', 'redis-0', '--grace-period=0', '--force'),
    outcomes: 'completed',
  },
  {
    name: 'timescaledb',
    what: "PostgreSQL's pod is lost",
    fault: (fleet) => void fleet.kubectl('delete', 'pod', 'timescaledb-0', '--grace-period=0', '--force'),
  },
  {
    name: 'lose',
    what: 'the pod of a trainer is deleted with no time to stop',
    fault: (fleet, job) => void fleet.kubectl('delete', 'pod', podOf(job), '--grace-period=0', '--force'),
  },
];

async function cluster(): Promise<void> {
  say('overlays/cluster: models in an object store; faults in the middle of runs of 12 jobs');
  const fleet = await startFleet('test/overlays/cluster', one);
  const makeBucket = 'echo "s3.bucket.create -name models" | weed shell';
  fleet.kubectl('exec', 'deploy/seaweedfs', '--', 'sh', '-c', makeBucket);
  fleet.importBars(symbols);
  say('  up');
  const { trainers, jobs } = await run(fleet, 12);
  check(trainers === most, `${most} trainers at most, not ${trainers}`);
  check(!jobs.some(({ attempt }) => attempt > 1), 'each at its first attempt');
  const page = await (await fleet.get('dashboard', 8080, '/')).text();
  check(page.includes('<div id="page">'), 'the page');
  const metrics = await (await fleet.get('metrics', 9464, '/metrics')).text();
  const counts = /^ml_training_jobs_finished_total\{.*outcome="completed".*\} [1-9]/m.test(metrics);
  check(counts, 'the exporter counts');
  say('  the page and /metrics answer');

  for (const { name, what, fault, outcomes: wanted } of trials) {
    if (names.length > 0 && !names.includes(name)) continue;
    say(what);
    let hit: Job | undefined;
    await run(fleet, 12, {
      fault: (job) => {
        hit = job;
        return fault(fleet, job);
      },
    });
    const came = await outcomes(fleet, hit!);
    say(`  the job in hand: ${came}`);
    check(wanted === undefined || came === wanted, `the job in hand: ${wanted}`);
  }
  fleet.remove();
}

const reason =
  process.env['KUBECONFIG'] === undefined
    ? 'set KUBECONFIG to the file of a cluster with KEDA (https://keda.sh/docs/latest/deploy/)'
    : whyNoKubectl();
if (reason !== undefined) {
  console.error(`npm run test:kubernetes: ${reason}`);
  process.exit(2);
}
kubectl(['get', 'crd', 'scaledjobs.keda.sh']);
/** npm run test:kubernetes -- cluster redis roll: that part alone, with these trials alone. */
const [part, ...names] = process.argv.slice(2);
const parts: Readonly<Record<string, () => Promise<void>>> = {
  'without-keda': withoutKeda,
  'one-node': oneNode,
  cluster,
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
removeAll();
for (const [name, act] of Object.entries(parts)) if (part === undefined || part === name) await act();
say('all of it holds');
process.exit(0);
