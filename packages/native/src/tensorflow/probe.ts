import { run } from '../run.ts';

export type Probe =
  { readonly loads: true; readonly version: string } | { readonly loads: false; readonly why: string };

/** Loads tfjs-node, has TensorFlow multiply two matrices, and says which TensorFlow did it. */
const SCRIPT = `
const tf = require(process.argv[1]);
const [product] = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync();
if (product !== 3) throw new Error('1·1 + 1·1 + 1·1 gave ' + product);
console.log('\\n' + tf.backend().binding.TF_Version);
`;

/** Whether TensorFlow works, found out in a child process, as a broken library may end its process. */
export async function probeTensorFlow(packageDir: string): Promise<Probe> {
  const outcome = await run(process.execPath, ['-e', SCRIPT, packageDir], {
    env: { TF_CPP_MIN_LOG_LEVEL: '3', NODE_NO_WARNINGS: '1' },
    timeoutMs: 60_000,
  });
  if (!outcome.ok) return { loads: false, why: outcome.reason };
  return { loads: true, version: outcome.stdout.trim().split('\n').at(-1) ?? '?' };
}
