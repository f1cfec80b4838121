// Compiles each kernels.as into wasm.ts beside it, where models are trained nothing is compiled:
//   pnpm --filter @ml-training/strategies kernels [--check]
// Plain JavaScript, because the compiler's types replace global ones of the whole TypeScript program.
import { readFile, writeFile } from 'node:fs/promises';
import asc from 'assemblyscript/asc';

/** Memory is the caller's; nothing in the modules allocates. */
const common = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--importMemory'];
const modules = [
  { folder: './src/rl/kernels/', flags: [] },
  { folder: './src/lstm/kernels/', flags: ['--enable', 'relaxed-simd'] },
];

for (const { folder, flags } of modules) await compile(new URL(folder, import.meta.url), flags);

async function compile(folder, flags) {
  const source = await readFile(new URL('kernels.as', folder), 'utf8');
  const target = new URL('wasm.ts', folder);
  let binary;
  const { error, stderr } = await asc.main(['kernels.ts', '--outFile', 'kernels.wasm', ...common, ...flags], {
    readFile: (name) => (name === 'kernels.ts' ? source : null),
    writeFile: (_name, contents) => {
      binary = contents;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${folder.pathname}kernels.as doesn't compile:\n${stderr.toString()}`);

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
      `${target.pathname} is not what kernels.as compiles to: run \`pnpm --filter @ml-training/strategies kernels\``,
    );
}
