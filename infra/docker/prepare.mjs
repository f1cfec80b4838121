// Runs once as root before the services. Checks the settings, so that a wrong one fails `docker compose up` itself. Then
// makes the mounted models/ writable for the trainers' user (uid and gid 1000), whoever made it and whatever is in it: what
// is root's is handed over; anybody else's stays theirs and is opened to the group.
import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { settingsOrExit } from '../../packages/core/src/service/settings.ts';

const trainer = 1000;

function handOver(path) {
  const { uid, mode } = lstatSync(path);
  if (uid === 0) chownSync(path, trainer, trainer);
  else if (uid !== trainer) {
    chownSync(path, uid, trainer);
    chmodSync(path, mode | 0o070);
  }
}

const { MODEL_DIR } = await settingsOrExit('prepare');
handOver(MODEL_DIR);
for (const entry of readdirSync(MODEL_DIR, { recursive: true, withFileTypes: true }))
  if (entry.isDirectory()) handOver(join(entry.parentPath, entry.name));
