/**
 * Natural logarithms of the softmax of `count` logits from `logits[from]` on, into `out[0…]`. The largest logit is
 * taken off first, so that nothing overflows.
 */
export function logSoftmax(logits: Float32Array, from: number, count: number, out: Float64Array): void {
  let largest = logits[from]!;
  for (let a = 1; a < count; a++) largest = Math.max(largest, logits[from + a]!);
  let sum = 0;
  for (let a = 0; a < count; a++) sum += Math.exp(logits[from + a]! - largest);
  const logSum = largest + Math.log(sum);
  for (let a = 0; a < count; a++) out[a] = logits[from + a]! - logSum;
}
