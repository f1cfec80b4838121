// The guide's commands as printed, against the real compose file: a copy of the sources in an empty folder, a
// project of its own, real images. Without a Docker engine it is skipped, and says so.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { freePort } from '@ml-training/embedded';
import { spawnNode, until } from '../src/index.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const engine =
  process.env['TEST_DOCKER'] !== '0' && spawnSync('docker', ['info'], { timeout: 60_000 }).status === 0;

const folder = mkdtempSync(path.join(tmpdir(), 'compose-'));
const projectName = path.basename(folder).toLowerCase();
const maxRunning = 2;
/** What an URL, a shell, compose and PostgreSQL each might take for something else. */
const password = 'p@ss/w#rd:1 $HOME %41"x';
const httpPort = await freePort();
const token = 'a-token-of-this-test';
const ports = { redis: await freePort(), postgres: await freePort() };
const bot = {
  REDIS_URL: `redis://:${encodeURIComponent(password)}@127.0.0.1:${ports.redis}`,
  DATABASE_URL: `postgres://postgres:${encodeURIComponent(password)}@127.0.0.1:${ports.postgres}/tradebot`,
  MODEL_DIR: path.join(folder, 'models'),
};
const minutes = 60_000;

const env: Record<string, string | undefined> = { ...process.env, COMPOSE_PROJECT_NAME: projectName };

/** Runs a command as a user would type it, in the copy; its output. */
function shell(command: string, input?: string): string {
  return execFileSync('bash', ['-c', command], {
    cwd: folder,
    env,
    input: input ?? '',
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

const psql = (query: string): string =>
  shell(`docker compose exec timescaledb psql -U postgres -d tradebot -At -c "${query}"`).trim();
/** The numbers that a script prints in a container, a line each, until it ends. */
async function watch(service: string, script: string): Promise<number[]> {
  const running = promisify(execFile)('docker', ['compose', 'exec', '-T', service, 'sh', '-s'], {
    cwd: folder,
    env,
    maxBuffer: 1e8,
  });
  running.child.stdin?.end(script);
  return (await running).stdout.trim().split('\n').map(Number);
}
const trainers = () => shell("docker compose ps --format '{{.Name}}' trainer").trim().split('\n').length;

(engine ? describe : describe.skip)(
  `the guide, with docker compose${engine ? '' : ' [no Docker engine answers]'}`,
  () => {
    beforeAll(async () => {
      for (const name of [
        'docker-compose.yml',
        '.env.example',
        '.dockerignore',
        'package.json',
        'pnpm-lock.yaml',
        'pnpm-workspace.yaml',
        'tsconfig.json',
      ])
        cpSync(path.join(root, name), path.join(folder, name));
      for (const name of ['infra', 'packages', 'services'])
        cpSync(path.join(root, name), path.join(folder, name), {
          recursive: true,
          filter: (source) => !source.includes('node_modules') && !source.includes('.turbo'),
        });
      mkdirSync(path.join(folder, 'models'));
      shell('cp .env.example .env');
      const settings = readFileSync(path.join(folder, '.env'), 'utf8')
        .replace(
          'MAX_CONCURRENT_TRAINING_JOBS=3',
          `MAX_CONCURRENT_TRAINING_JOBS=${maxRunning}           # More parallelism`,
        )
        .concat(
          `METRICS_PORT=${await freePort()}\n`,
          `HTTP_PORT=${httpPort}\nAPI_TOKEN=${token}\n`,
          'COMPOSE_FILE=docker-compose.yml:infra/compose/ports.yml\n',
          `PUBLISHED_REDIS_PORT=${ports.redis}\nPUBLISHED_POSTGRES_PORT=${ports.postgres}\n`,
          `POSTGRES_PASSWORD='${password}'\nREDIS_PASSWORD='${password}'\n`,
        );
      writeFileSync(path.join(folder, '.env'), settings);
      process.stderr.write('building the images (some minutes the first time)\n');
      shell('docker compose --profile ml-training build --quiet');
      shell(
        'docker compose --profile ml-training up -d --wait trainer scheduler heartbeat metrics dashboard',
      );
    }, 20 * minutes);

    afterAll(() => {
      shell('docker compose --profile default --profile ml-training down --volumes --timeout 15');
      // Files of the containers' user.
      rmSync(folder, { recursive: true, force: true });
    }, 2 * minutes);

    test('starts as many trainers as MAX_CONCURRENT_TRAINING_JOBS', () => {
      expect(trainers()).toBe(maxRunning);
    });

    test(
      'the heartbeat is there, and healthy once every role beats',
      async () => {
        const heartbeat = await until(
          () => {
            const read = JSON.parse(
              shell('docker compose exec redis redis-cli GET service:ml_training:heartbeat'),
            ) as { status: string };
            return read.status === 'healthy' && read;
          },
          { what: 'a healthy heartbeat', timeoutMs: 9 * minutes, everyMs: 500 },
        );
        expect(heartbeat).toMatchObject({
          roles: { scheduler: { instances: 1 }, trainer: { instances: maxRunning } },
        });
      },
      2 * minutes,
    );

    test(
      'scaled to 5 trainers, the backlog rises and falls, and never more than the maximum runs',
      async () => {
        shell('docker compose --profile ml-training up -d --scale trainer=5');
        expect(trainers()).toBe(5);
        for (const name of ['EURUSD', 'GOOG', 'SP500'])
          shell(
            'docker compose exec -T trainer ml import /dev/stdin',
            readFileSync(path.join(root, `infra/sample-data/${name}.csv`), 'utf8'),
          );
        expect(Number(shell('docker compose exec redis redis-cli LLEN ml_training_queue'))).toBe(0);
        // By one process in each container: to begin another takes seconds on a busy machine, and so may all jobs.
        const backlog = watch(
          'redis',
          'until [ "$(redis-cli EXISTS all_ended)" = 1 ]; do redis-cli LLEN ml_training_queue; done',
        );
        const running = watch(
          'timescaledb',
          `until [ "$left" = 0 ]; do
             left=$(psql -U postgres -d tradebot -Atc "SELECT 7 - count(*) FROM ml_training_jobs WHERE status NOT IN ('queued', 'running')")
             psql -U postgres -d tradebot -Atc "SELECT count(*) FROM ml_training_jobs WHERE status = 'running'"
           done`,
        );
        expect(shell('docker compose exec -T trainer ml train')).toMatch(/^7 jobs queued/);
        expect(Math.max(...(await running))).toBe(maxRunning);
        shell('docker compose exec redis redis-cli SET all_ended 1');
        expect(Math.max(...(await backlog))).toBeGreaterThanOrEqual(3);
        expect((await backlog).at(-1)).toBe(0);
        shell('docker compose exec redis redis-cli DEL all_ended');
        expect(
          psql(
            "SELECT strategy_type, symbol, error_message FROM ml_training_jobs WHERE status <> 'completed'",
          ),
        ).toBe('');
      },
      5 * minutes,
    );

    test(
      "the guide's commands show jobs and models as printed there",
      () => {
        expect(
          shell(`docker compose exec timescaledb psql -U postgres -d tradebot -c "
SELECT job_id, strategy_type, symbol, status, created_at, completed_at 
FROM ml_training_jobs 
ORDER BY created_at DESC LIMIT 10;"`),
        ).toMatch(/ensemble +\| @ALL +\| completed[^]*\(7 rows\)/);
        expect(
          shell(`docker compose exec timescaledb psql -U postgres -d tradebot -c "
SELECT model_id, strategy_type, symbol, created_at, is_active 
FROM ml_model_registry 
WHERE is_active = TRUE 
ORDER BY created_at DESC;"`),
        ).toMatch(/rl +\| SP500 +\| .* \| t\n[^]*\(9 rows\)/);
        expect(
          shell(`docker compose exec timescaledb psql -U postgres -d tradebot -c "
SELECT COUNT(*) FROM ml_training_jobs WHERE status = 'running';"`),
        ).toMatch(/\n +0\n/);
        expect(
          shell(`docker compose exec timescaledb psql -U postgres -d tradebot -c "
SELECT job_id, strategy_type, symbol, error_message 
FROM ml_training_jobs 
WHERE status = 'failed' 
ORDER BY created_at DESC LIMIT 5;"`),
        ).toMatch(/\(0 rows\)/);
        expect(
          shell(`docker compose exec timescaledb psql -U postgres -d tradebot -c "
SELECT COUNT(*) FROM ml_model_registry WHERE is_active = TRUE;"`),
        ).toMatch(/\n +9\n/);
        expect(shell('ls -la models/')).toMatch(/ensemble\n[^]*lstm\n[^]*rl\n/);
        expect(shell('docker compose logs trainer')).toMatch(/"msg":"completed","service":"trainer"/);
      },
      minutes,
    );

    test(
      'without --profile, down, stop, logs and ps mean the fleet, by the .env of .env.example',
      () => {
        const shown = shell("docker compose ps --format '{{.Service}}'").trim().split('\n');
        expect(new Set(shown)).toEqual(
          new Set(['redis', 'timescaledb', 'scheduler', 'trainer', 'heartbeat', 'metrics', 'dashboard']),
        );
        expect(shell('docker compose logs scheduler')).not.toMatch(/ss\/w#rd|p@ss|p%40ss/);
      },
      minutes,
    );

    test(
      "the README's Python bot and the page's TypeScript bot read models through the published ports",
      async () => {
        const page = readFileSync(path.join(root, 'docs/bots.md'), 'utf8');
        const botFolder = path.join(folder, 'bot');
        mkdirSync(path.join(botFolder, 'node_modules/@ml-training'), { recursive: true });
        symlinkSync(path.join(root, 'packages/bot'), path.join(botFolder, 'node_modules/@ml-training/bot'));
        writeFileSync(path.join(botFolder, 'package.json'), '{"type": "module"}');
        writeFileSync(path.join(botFolder, 'bot.ts'), /```ts\n([^]*?)```/.exec(page)?.[1] ?? '');
        const typescript = spawnNode(path.join(botFolder, 'bot.ts'), { cwd: botFolder, env: bot });
        expect({ ...(await typescript.exited), lines: typescript.lines }).toEqual({
          code: 0,
          signal: null,
          lines: [
            expect.stringMatching(/^model \S+ looks at the last \d+ bars$/),
            expect.stringMatching(/^\S+ (short|flat|long) 0\.\d{3} \S+$/),
          ],
        });

        // The ml command of a checkout, as docs/operations.md says; REDIS_HOST and POSTGRES_HOST in one.
        const ml = spawnNode(path.join(root, 'packages/cli/src/main.ts'), { args: ['models'], env: bot });
        expect(await ml.exited).toEqual({ code: 0, signal: null });
        expect(ml.lines.join('\n')).toMatch(/ensemble +GOOG +yes/);

        const readme = readFileSync(path.join(root, 'README.md'), 'utf8');
        const file = psql(
          "SELECT file_path FROM ml_model_registry WHERE is_active AND strategy_type = 'ensemble' AND symbol = 'GOOG'",
        );
        const snippet = (/```python\n([^]*?)```/.exec(readme)?.[1] ?? '').replace(/models\/\S+\.pkl/, file);
        writeFileSync(path.join(folder, 'read.py'), snippet);
        expect(shell('python3 read.py')).toMatch(/^dict_keys\(\['ensemble', 'scaler'\]\) 0\.\d+ \d{4}-/);

        const python = readFileSync(path.join(root, 'docs/python.md'), 'utf8');
        writeFileSync(path.join(folder, 'fleet.py'), /```python\n([^]*?)```/.exec(python)?.[1] ?? '');
        writeFileSync(
          path.join(folder, 'bot.py'),
          "from fleet import active, load\nmodel_id, file = active()['ensemble', 'GOOG']\nprint(model_id, load(file)['metrics'])\n",
        );
        const pip = spawnSync(
          'bash',
          ['-c', 'python3 -m venv venv && venv/bin/pip install -q redis "psycopg[binary]"'],
          {
            cwd: folder,
            encoding: 'utf8',
          },
        );
        if (pip.status !== 0)
          process.stderr.write(
            `not run: the Python bot of docs/python.md, as pip can not install redis and psycopg: ${pip.stderr.slice(-300)}\n`,
          );
        else
          expect(
            execFileSync(path.join(folder, 'venv/bin/python'), ['bot.py'], {
              cwd: folder,
              env: { ...env, ...bot },
              encoding: 'utf8',
            }),
          ).toMatch(/^[0-9a-f-]{36} \{.*'accuracy': /);
      },
      3 * minutes,
    );

    test(
      'asked to stop while they start, services end by themselves',
      () => {
        // 137: one heard no signal, and was killed. 143: it had no handler yet, and ended at once. Far longer
        // than any needs, so that a busy machine fails nothing.
        for (const pause of [0.3, 1, 2]) {
          shell(
            `docker compose restart --timeout 60 scheduler heartbeat metrics trainer; sleep ${pause}; docker compose stop --timeout 60`,
          );
          const codes = shell(
            "docker compose ps --all --format '{{.ExitCode}}' scheduler heartbeat metrics trainer",
          );
          expect(
            codes
              .trim()
              .split('\n')
              .filter((code) => code !== '0' && code !== '143'),
          ).toEqual([]);
          shell('docker compose --profile ml-training up -d');
        }
      },
      5 * minutes,
    );

    test(
      'a wrong setting fails up, by name, and starts nothing; put right, all is up again',
      () => {
        const before = readFileSync(path.join(folder, '.env'), 'utf8');
        writeFileSync(
          path.join(folder, '.env'),
          before.replace(/^TRAINING_CRON_SCHEDULE=.*/m, 'TRAINING_CRON_SCHEDULE=0 2,14,25 * * *'),
        );
        expect(() => shell('docker compose up -d')).toThrow(
          /service "prepare" didn't complete successfully: exit 2/,
        );
        expect(shell('docker compose logs prepare')).toMatch(
          /TRAINING_CRON_SCHEDULE is .*25 is not from 0 to 23/,
        );
        expect(shell('docker compose exec redis redis-cli GET service:ml_training:heartbeat')).toMatch(
          /"status":"down"/,
        );
        writeFileSync(path.join(folder, '.env'), before);
        shell('docker compose up -d --wait trainer scheduler heartbeat metrics dashboard');
      },
      3 * minutes,
    );

    test(
      'the page is there, and with API_TOKEN a run is asked for from this machine',
      async () => {
        const url = `http://127.0.0.1:${httpPort}`;
        const page = await fetch(url);
        expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
        expect(await page.text()).toContain('<div id="page">');
        const ask = (headers: Record<string, string>) =>
          fetch(`${url}/api/train`, {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...headers },
            body: JSON.stringify({ strategy_type: 'lstm', symbol: 'GOOG' }),
          });
        expect((await ask({})).status).toBe(401);
        expect((await ask({ authorization: `Bearer ${token}` })).status).toBe(202);
      },
      minutes,
    );

    test(
      'a backup by the page on deploying, put back into an empty database and folder, has the same models answer the same',
      async () => {
        const deploying = readFileSync(path.join(root, 'docs/deploy.md'), 'utf8').split(
          '## Backup and restore',
        )[1]!;
        const [backUp, restore] = Array.from(
          deploying.matchAll(/```bash\n([^]*?)```/g),
          ([, block]) => block!,
        );
        const inUse = async (): Promise<unknown[]> => {
          const rows = psql(
            'SELECT strategy_type, symbol, model_id, sha256 FROM ml_model_registry WHERE is_active ORDER BY 1, 2',
          ).split('\n');
          return Promise.all(
            rows.map(async (row) => {
              const [strategy, symbol] = row.split('|');
              const answer = await fetch(`http://127.0.0.1:${httpPort}/api/predict/${strategy}/${symbol}`, {
                // Of a connection that a restart has ended, the next request would be lost.
                headers: { connection: 'close' },
              });
              // It knows since when it has been asked.
              const { model_id, time, probability, score, action, position } =
                (await answer.json()) as Record<string, unknown>;
              return { row, code: answer.status, model_id, time, probability, score, action, position };
            }),
          );
        };
        const drained = () =>
          until(
            () => psql("SELECT count(*) FROM ml_training_jobs WHERE status IN ('queued', 'running')") === '0',
            { what: 'all jobs to end', timeoutMs: 9 * minutes, everyMs: 500 },
          );
        const back = async (): Promise<unknown[]> => {
          shell(`set -e\n${restore}`);
          shell('docker compose up -d --wait trainer scheduler heartbeat metrics dashboard');
          return inUse();
        };

        await drained();
        const before = await inUse();
        expect(before.map((model) => (model as { code: number }).code)).toEqual(Array(9).fill(200));
        shell(`set -e\n${backUp}`);
        shell('find models -mindepth 1 -delete');
        expect(await back()).toEqual(before);

        // Once more, over a run that the backup knows nothing of.
        const models = () => Number(psql('SELECT count(*) FROM ml_model_registry'));
        const backedUp = models();
        shell('docker compose exec -T trainer ml train');
        await drained();
        expect(models()).toBeGreaterThan(backedUp);
        expect(await back()).toEqual(before);
      },
      20 * minutes,
    );

    test(
      'starts everything together, and debug mode after a restart',
      () => {
        shell(
          "sed -i 's/ML_TRAINING_DEBUG=false/ML_TRAINING_DEBUG=true/; s/LOG_LEVEL=INFO/LOG_LEVEL=DEBUG/' .env",
        );
        shell('docker compose --profile default --profile ml-training up -d');
        expect(
          psql(
            "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_name IN ('market_data', 'ml_training_metrics')",
          ),
        ).toBe('2');
        expect(shell('docker compose exec -T trainer printenv ML_TRAINING_DEBUG LOG_LEVEL')).toBe(
          'true\nDEBUG\n',
        );
      },
      2 * minutes,
    );

    test(
      'services run as an ordinary user, and only those that load it carry TensorFlow',
      () => {
        for (const role of ['scheduler', 'heartbeat', 'metrics']) {
          expect(shell(`docker compose exec -T ${role} id -un`).trim()).toBe('node');
          expect(
            shell(
              `docker compose exec -T ${role} sh -c 'find / -xdev -name "libtensorflow*" -o -xdev -name "lib_lightgbm*" 2>/dev/null | head'`,
            ),
          ).toBe('');
        }
        for (const role of ['trainer', 'dashboard']) {
          expect(shell(`docker compose exec -T ${role} id -un`).trim()).toBe('node');
          expect(shell(`docker compose exec -T ${role} sh -c 'command -v g++ python3 pip; true'`)).toBe('');
        }
      },
      minutes,
    );
  },
);
