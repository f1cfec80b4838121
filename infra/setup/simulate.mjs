// `npm run simulate`: sets up like `npm start`, then simulates a fleet, or measures what the simulation goes by.
import { node, prepare, root, run } from './prepare.mjs';

await prepare();
process.exit(run(node, ['infra/simulate/simulate.ts', ...process.argv.slice(2)], { cwd: root }));
