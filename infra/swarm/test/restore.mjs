// Backup and restore by docs/deploy.md: what is in use before must be in use after, and answer the same.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { psql, redis, sh, stack, within } from './swarm.mjs';

const container = (service) => `$(docker ps -q --filter name=${stack}_${service}.)`;
const inDatabase = (command) => `docker exec -i ${container('timescaledb')} ${command}`;
const withModels = (command) =>
  `docker run --rm -i -v ${stack}_models:/models --user root redis:8 ${command}`;

/** The database first: every model that a row names is in the copy then. @returns its folder */
export function backUp() {
  const folder = mkdtempSync(path.join(tmpdir(), 'backup-'));
  sh(`${inDatabase('pg_dump -U postgres -d tradebot -Fc')} > ${folder}/database.dump`);
  sh(`${withModels('tar -C /models -cf - .')} > ${folder}/models.tar`);
  return folder;
}

/** Puts back what was backed up, in the place of all there is. The services must be stopped. */
export function restore(folder, { withFiles = true } = {}) {
  const asked = (database, ...statements) =>
    sh(
      inDatabase(
        `psql -U postgres -d ${database} -v ON_ERROR_STOP=1 ${statements.map((one) => `-c '${one}'`).join(' ')}`,
      ),
    );
  asked('postgres', 'DROP DATABASE IF EXISTS tradebot WITH (FORCE)', 'CREATE DATABASE tradebot');
  asked('tradebot', 'CREATE EXTENSION IF NOT EXISTS timescaledb', 'SELECT timescaledb_pre_restore()');
  sh(`${inDatabase('pg_restore -U postgres -d tradebot --exit-on-error')} < ${folder}/database.dump`);
  asked('tradebot', 'SELECT timescaledb_post_restore()', 'ANALYZE');
  if (withFiles) {
    sh(withModels("sh -c 'rm -rf /models/*'"));
    sh(`${withModels('tar -C /models -xf -')} < ${folder}/models.tar`);
  }
  redis('FLUSHALL');
}

/** Asks the page's API in its container: the published port takes IPVS, which not every kernel has. */
const ask = (path) =>
  JSON.parse(
    within('dashboard', [
      'node',
      '-e',
      `fetch('http://127.0.0.1:8080${path}').then(async (answer) => console.log(JSON.stringify({ code: answer.status, ...(await answer.json()) })))`,
    ]),
  );

/** The models in use, and what each says of the newest bars, by the page's API. */
export function inUse() {
  const models = psql(
    'SELECT strategy_type, symbol, model_id, sha256 FROM ml_model_registry WHERE is_active ORDER BY 1, 2',
  ).split('\n');
  assert.equal(models.length, 9);
  return models.map((row) => {
    const [strategy, symbol] = row.split('|');
    const { code, model_id, time, probability, score, action, position } = ask(
      `/api/predict/${strategy}/${symbol}`,
    );
    assert.equal(code, 200, `${strategy} ${symbol} answers`);
    return { row, model_id, time, probability, score, action, position };
  });
}

export const forget = (folder) => rmSync(folder, { recursive: true });
