// Compiles src/rl/kernels/kernels.as into wasm.ts beside it, where models are trained nothing is compiled:
//   pnpm --filter @ml-training/strategies kernels [--check]
// Plain JavaScript, because the compiler's types replace global ones of the whole TypeScript program.
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const folder = new URL('./src/rl/kernels/', import.meta.url);
const source = await readFile(new URL('kernels.as', folder), 'utf8');
const target = new URL('wasm.ts', folder);

let binary;
const { error, stderr } = await asc.main(
  // Memory is the caller's, each agent's its own; nothing in the module allocates.
  [
    'kernels.ts',
    '--outFile',
    'kernels.wasm',
    '-O3',
    '--enable',
    'simd',
    '--runtime',
    'stub',
    '--importMemory',
  ],
  {
    readFile: (name) => (name === 'kernels.ts' ? source : null),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  },
);
if (error) throw new Error(`kernels.as doesn't compile:\n${stderr.toString()}`);

const lines = Buffer.from(binary)
  .toString('base64')
  .match(/.{1,100}/g);
const text = `/** kernels.as compiled by build-kernels.mjs, in base64; not to be edited. */
export const wasm =
  ${lines.map((line) => `'${line}'`).join(' +\n  ')};
`;
if (process.argv[2] !== '--check') await writeFile(target, text);
else if ((await readFile(target, 'utf8')) !== text)
  throw new Error(
    'wasm.ts is not what kernels.as compiles to: run `pnpm --filter @ml-training/strategies kernels`',
  );
