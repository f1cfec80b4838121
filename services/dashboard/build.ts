// Builds the page into dist/, once for each state of its sources: `npm start`, `npm test` and the image call
// it. The one thing in the tree that is built: browsers run no TypeScript.
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from 'vite';

const here = import.meta.dirname;
const outDir = path.join(here, 'dist');
const stamp = path.join(outDir, 'built-from');

/** Changes whenever the build could give something else. */
function fingerprint(): string {
  const hash = createHash('sha256');
  const files = globSync(
    [
      'src/page/**/*.{ts,tsx,css,html,svg}',
      'src/schemas/*.ts',
      'src/length.ts',
      'build.ts',
      'package.json',
      '../../packages/sdk/src/*.ts',
    ],
    { cwd: here },
  );
  for (const file of files.sort()) hash.update(file).update(readFileSync(path.join(here, file)));
  return hash.digest('hex');
}

const wanted = fingerprint();
if (existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted) process.exit(0);
await build({
  configFile: false,
  root: path.join(here, 'src/page'),
  base: '/',
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir,
    emptyOutDir: true,
    // Inline scripts and styles are what the policy forbids.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    target: 'es2022',
    reportCompressedSize: false,
  },
});
writeFileSync(stamp, wanted);
