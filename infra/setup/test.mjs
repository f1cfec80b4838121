// `npm test`: sets up like `npm start`, runs every test, and prints at the end what was skipped and why.
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { prepare, root, run } from './prepare.mjs';

/** Jest's own result, for the list below and for CI. */
const resultFile = path.join(root, '.runtime/test-result.json');

prepare();
mkdirSync(path.dirname(resultFile), { recursive: true });
rmSync(resultFile, { force: true });
const code = run(
  'npm',
  ['run', '--silent', 'jest', '--', '--json', `--outputFile=${resultFile}`, ...process.argv.slice(2)],
  {
    // With --json Jest prints the whole result there; its report for people goes to stderr.
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);
try {
  const { testResults } = JSON.parse(readFileSync(resultFile, 'utf8'));
  const skipped = testResults.flatMap((file) =>
    file.assertionResults.filter((test) => test.status === 'pending'),
  );
  if (skipped.length > 0) process.stdout.write('\nSkipped, with the reason in its name:\n');
  for (const test of skipped) process.stdout.write(`- ${test.fullName}\n`);
} catch {
  process.stderr.write('Jest left no result; its output above says why.\n');
}
process.exit(code);
