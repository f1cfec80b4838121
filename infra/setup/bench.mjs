// `npm run bench`: sets up like `npm start`, then measures.
import { node, prepare, root, run } from './prepare.mjs';

await prepare();
process.exit(run(node, ['infra/bench/bench.ts', ...process.argv.slice(2)], { cwd: root }));
