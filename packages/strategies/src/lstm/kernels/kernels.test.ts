import { describe, expect, test } from '@jest/globals';
import { createKernels, createMemory, RESERVED } from './index.ts';

/** One step of sequences of such gates' sums, [rows, 4 units], from cell states of `before`. */
function step(units: number, rows: number, sums: Float32Array, before: Float32Array) {
  const count = rows * units;
  const memory = createMemory(4 * (RESERVED + 8 * count));
  const kernels = createKernels(memory);
  const floats = new Float32Array(memory.buffer);
  const [gates, first, after, squashed, state] = [0, 4, 5, 6, 7].map((n) => RESERVED + n * count) as [
    ...[number, number, number, number, number],
  ];
  floats.set(sums, gates);
  floats.set(before, first);
  const at = [gates, first, after, squashed, state].map((place) => 4 * place);
  kernels.stepForward(...at, units, 0, 0, 0, rows, units);
  const taken = (place: number, size = count): Float32Array => floats.slice(place, place + size);
  return {
    gates: taken(gates, 4 * count),
    after: taken(after),
    squashed: taken(squashed),
    state: taken(state),
  };
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

describe.each([1, 4, 7])('a step of %i units', (units) => {
  const rows = 300;
  const sums = Float32Array.from({ length: rows * 4 * units }, (_, i) => 11 * Math.sin(i * i));
  const before = Float32Array.from({ length: rows * units }, (_, i) => 2 * Math.cos(i));
  const made = step(units, rows, sums, before);

  test('gives what the formulas give, to single precision', () => {
    let largest = 0;
    const compare = (a: number, b: number) => (largest = Math.max(largest, Math.abs(a - b)));
    for (let row = 0; row < rows; row++)
      for (let u = 0; u < units; u++) {
        const [i, f, g, o] = [0, 1, 2, 3].map((gate) => (row * 4 + gate) * units + u) as [
          number,
          number,
          number,
          number,
        ];
        const k = row * units + u;
        compare(made.gates[i]!, sigmoid(sums[i]!));
        compare(made.gates[f]!, sigmoid(sums[f]!));
        compare(made.gates[g]!, Math.tanh(sums[g]!));
        compare(made.gates[o]!, sigmoid(sums[o]!));
        const c = sigmoid(sums[f]!) * before[k]! + sigmoid(sums[i]!) * Math.tanh(sums[g]!);
        compare(made.after[k]!, c);
        compare(made.squashed[k]!, Math.tanh(c));
        compare(made.state[k]!, sigmoid(sums[o]!) * Math.tanh(c));
      }
    expect(largest).toBeLessThan(6e-7);
    expect(made.gates.every((gate) => Math.abs(gate) <= 1)).toBe(true);
  });
});

test('what is no number stays none', () => {
  const { state } = step(
    4,
    1,
    Float32Array.from({ length: 16 }, () => Number.NaN),
    new Float32Array(4),
  );
  expect([...state]).toEqual(new Array(4).fill(Number.NaN));
});
