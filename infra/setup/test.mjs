// `npm test`: sets up like `npm start`, then runs every test, or those its arguments name.
import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { node, prepare, root, run } from './prepare.mjs';

/** Jest's own result, for CI. */
const resultFile = path.join(root, '.runtime/test-result.json');
const given = process.argv.slice(2);
/** What prints something instead of running tests prints it where a pipe finds it. */
const asks = given.some((argument) => /^--(listTests|showConfig|help|version)$/.test(argument));

await prepare();
mkdirSync(path.dirname(resultFile), { recursive: true });
rmSync(resultFile, { force: true });
const jest = ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning', 'infra/jest/run.js'];
// With --json Jest prints the whole result to stdout as well; the report for people goes to stderr.
const report = asks ? [] : ['--json', `--outputFile=${resultFile}`];
process.exit(
  run(node, [...jest, ...report, ...given], { stdio: ['ignore', asks ? 'inherit' : 'ignore', 'inherit'] }),
);
