// Runs once as root before the trainers: makes the mounted models/ writable for their user (uid and gid 1000), whoever made
// it and whatever is in it. What is root's is handed over; anybody else's stays theirs and is opened to the group.
import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const trainer = 1000;

function handOver(path) {
  const { uid, mode } = lstatSync(path);
  if (uid === 0) chownSync(path, trainer, trainer);
  else if (uid !== trainer) {
    chownSync(path, uid, trainer);
    chmodSync(path, mode | 0o070);
  }
}

handOver('/app/models');
for (const entry of readdirSync('/app/models', { recursive: true, withFileTypes: true }))
  if (entry.isDirectory()) handOver(join(entry.parentPath, entry.name));
