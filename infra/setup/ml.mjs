// `npm run -s ml -- …`: the ml command; before set-up, what to run for it.
import { existsSync } from 'node:fs';

const [major] = process.versions.node.split('.').map(Number);
// npm puts the checkout's own Node first, once it is there; the machine's may be too old to run TypeScript.
if (major >= 24 && existsSync(new URL('../../packages/cli/node_modules', import.meta.url)))
  await import('../../packages/cli/src/main.ts');
else {
  process.stderr.write(
    'This checkout is not set up yet: run "npm start", which also starts a fleet, or "npm test" first.\n',
  );
  process.exitCode = 1;
}
