import { expect, test } from '@jest/globals';
import type { tf } from '../index.ts';
import { run } from '../run.ts';
import { loadTensorFlow } from './load.ts';

const threads = 2;

test('TensorFlow multiplies matrices on its own backend', async () => {
  const tensorFlow = await loadTensorFlow({ threads });
  expect(tensorFlow.getBackend()).toBe('tensorflow');
  const a: tf.Tensor2D = tensorFlow.tensor2d([1, 2, 3, 4], [2, 2]);
  const product = tensorFlow.matMul(a, a);
  expect([...product.dataSync()]).toEqual([7, 10, 15, 22]);
});

test('typed arrays made here are tensors there, and the other way round', async () => {
  const tensorFlow = await loadTensorFlow({ threads });
  const values = tensorFlow.tensor1d(Float32Array.of(1.5, -2)).dataSync();
  expect(values).toBeInstanceOf(Float32Array);
  expect(values).toEqual(Float32Array.of(1.5, -2));
});

test('kernels that Node 23 broke work', async () => {
  const tensorFlow = await loadTensorFlow({ threads });
  const { values, indices } = tensorFlow.topk(tensorFlow.tensor1d([3, 9, 5]), 2);
  expect([...values.dataSync()]).toEqual([9, 5]);
  expect([...indices.dataSync()]).toEqual([1, 2]);
});

test('gradients flow through variables', async () => {
  const tensorFlow = await loadTensorFlow({ threads });
  const x = tensorFlow.variable(tensorFlow.scalar(3));
  const { grads } = tensorFlow.variableGrads(() => x.square(), [x]);
  expect(grads[x.name]!.dataSync()[0]).toBe(6);
});

test('nothing is printed while it loads and works', async () => {
  const script = `
    const { loadTensorFlow } = await import(process.argv[1]);
    const tf = await loadTensorFlow({ threads: 1 });
    tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
    tf.layers.dense({ units: 1, inputShape: [2] });
  `;
  const module = new URL('./load.ts', import.meta.url).pathname;
  const outcome = await run(process.execPath, ['--input-type=module', '-e', script, module], {
    env: { TF_CPP_MIN_LOG_LEVEL: '0' },
    timeoutMs: 240_000,
  });
  expect(outcome).toEqual({ ok: true, stdout: '', stderr: '', reason: '' });
});

test('the pool has as many threads as asked for', async () => {
  const script = `
    const { readdirSync, readFileSync } = await import('node:fs');
    const { loadTensorFlow } = await import(process.argv[1]);
    const before = readdirSync('/proc/self/task').length;
    const tf = await loadTensorFlow({ threads: Number(process.argv[2]) });
    tf.matMul(tf.ones([64, 64]), tf.ones([64, 64])).dataSync();
    process.stdout.write(String(readdirSync('/proc/self/task').length - before));
  `;
  const module = new URL('./load.ts', import.meta.url).pathname;
  const count = async (wanted: string): Promise<number> => {
    const args = ['--input-type=module', '-e', script, module, wanted];
    return Number((await run(process.execPath, args, { timeoutMs: 240_000 })).stdout);
  };
  const [one, five] = await Promise.all([count('1'), count('5')]);
  if (process.platform === 'linux') expect(five - one).toBe(4);
});
