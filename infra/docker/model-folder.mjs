// Runs once as root before the trainers: makes the mounted models/ writable for their user (uid and gid 1000), whoever made
// it. A folder of root's is handed over; anybody else's stays theirs and is opened to the group.
import { chmodSync, chownSync, statSync } from 'node:fs';

const folder = '/app/models';
const trainer = 1000;
const { uid } = statSync(folder);
if (uid === 0) chownSync(folder, trainer, trainer);
else if (uid !== trainer) {
  chownSync(folder, uid, trainer);
  chmodSync(folder, 0o2775);
}
