// `npm run bench`, `simulate`, `test:kubernetes` and `test:swarm`: sets up like `npm start`, then runs the program that is named with the
// checkout's own Node.
import { node, prepare, root, run } from './prepare.mjs';

const [program, ...options] = process.argv.slice(2);
await prepare();
process.exit(run(node, [program, ...options], { cwd: root }));
