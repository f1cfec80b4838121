// `npm test`: every test. With CHECK=1 (CI) lint, types, layers and unused code first.
import { node, prepare, run } from './prepare.mjs';

prepare();
process.exit(run('npm', ['run', '--silent', 'jest', '--', ...process.argv.slice(2)]));
