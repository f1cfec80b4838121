// Compiles kernels.as to kernels.wasm, which is kept beside it so that nothing is compiled where models are trained:
//   node packages/strategies/src/rl/kernels/build.mjs [--check]
// Plain JavaScript, because the compiler's types replace global ones of the whole TypeScript program.
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

const source = await readFile(new URL('./kernels.as', import.meta.url), 'utf8');
const target = new URL('./kernels.wasm', import.meta.url);

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

if (process.argv[2] !== '--check') await writeFile(target, binary);
else if (!(await readFile(target)).equals(binary))
  throw new Error('kernels.wasm is not what kernels.as compiles to: run build.mjs without --check');
