/*
 * What an LSTM does beside its matrix products, in AssemblyScript, a TypeScript that compiles to
 * WebAssembly: four single-precision numbers an instruction (v128), which JavaScript has no way to ask for.
 * `pnpm kernels` in this package makes wasm.ts of this file.
 *
 * Arguments of type usize are addresses of 32-bit floats in the module's memory, strides are in numbers.
 * Matrices are row-major; gates lie side by side in Keras's order: input, forget, cell, output.
 */

/** How four numbers are taken and left; what remains at a row's end goes through the same sums one by one. */
function take(address: usize, single: bool): v128 {
  return single ? v128.load32_zero(address) : v128.load(address);
}

function save(address: usize, value: v128, single: bool): void {
  if (single) v128.store32_lane(address, value, 0);
  else v128.store(address, value);
}

function all(x: f32): v128 {
  return f32x4.splat(x);
}

/** x · y + sum, in one rounding where the processor can. The products beside it depend on the processor as well. */
function plus(x: v128, y: v128, sum: v128): v128 {
  return f32x4.relaxed_madd(x, y, sum);
}

/**
 * Numbers of `tanh`, in memory below what the caller puts there: taken from there each costs one instruction, written
 * into the code three, which took as long as all else in a step.
 */
const NUMBERS = memory.data<f32>([
  7.90531110763549805, -7.90531110763549805,
  -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-8, 1.48572235717979e-5,
  6.37261928875436e-4, 4.89352455891786e-3,
  1.19825839466702e-6, 1.18534705686654e-4, 2.2684346324390e-3, 4.89352518554385e-3,
  0.5,
]);

// @ts-ignore: decorator
@inline
function number(place: usize): v128 {
  return v128.load32_splat(NUMBERS + (place << 2));
}

/**
 * tanh as Eigen and XLA compute it: a quotient of polynomials in x², of the 13th and 6th order. Largest error
 * 2.4e-7, of `sigmoid` 1.2e-7; beyond ±7.9 x counts as ±7.9. NaN goes through: pmin and pmax give their
 * first argument when it compares false.
 */
function tanh(given: v128): v128 {
  const x = f32x4.pmax(f32x4.pmin(given, number(0)), number(1));
  const s = f32x4.mul(x, x);
  let p = plus(s, number(2), number(3));
  p = plus(s, p, number(4));
  p = plus(s, p, number(5));
  p = plus(s, p, number(6));
  p = plus(s, p, number(7));
  p = plus(s, p, number(8));
  let q = plus(s, number(9), number(10));
  q = plus(s, q, number(11));
  q = plus(s, q, number(12));
  return f32x4.div(f32x4.mul(x, p), q);
}

/** 1 / (1 + e^−x) by way of tanh. */
function sigmoid(x: v128): v128 {
  return plus(tanh(f32x4.mul(x, number(13))), number(13), number(13));
}

// @ts-ignore: decorator
@inline
function stepUnits(
  gates: usize, before: usize, after: usize, squashed: usize, state: usize, next: usize, mask: usize,
  width: usize, single: bool,
): void {
  const input = sigmoid(take(gates, single));
  const forget = sigmoid(take(gates + width, single));
  const cell = tanh(take(gates + 2 * width, single));
  const output = sigmoid(take(gates + 3 * width, single));
  const c = plus(forget, take(before, single), f32x4.mul(input, cell));
  const t = tanh(c);
  const h = f32x4.mul(output, t);
  save(gates, input, single);
  save(gates + width, forget, single);
  save(gates + 2 * width, cell, single);
  save(gates + 3 * width, output, single);
  save(after, c, single);
  save(squashed, t, single);
  save(state, h, single);
  if (next) save(next, mask ? f32x4.mul(h, take(mask, single)) : h, single);
}

/**
 * One step of a layer for `rows` sequences. `gates` [rows, 4 units] holds the gates' sums and is left with the
 * gates; `before` and `after` [rows, units] are the cell states, `squashed` becomes tanh of `after`. The hidden
 * states go to `state`, a row every `stateStride`, and times `mask` [rows, units], if not 0, to `next`,
 * if not 0, a row every `nextStride`.
 */
export function stepForward(
  gates: usize, before: usize, after: usize, squashed: usize,
  state: usize, stateStride: usize, next: usize, nextStride: usize, mask: usize,
  rows: i32, units: i32,
): void {
  const width = (<usize>units) << 2;
  const whole = width & ~15;
  for (let row = 0; row < rows; row++) {
    let at: usize = 0;
    for (; at < whole; at += 16)
      stepUnits(
        gates + at, before + at, after + at, squashed + at, state + at,
        next ? next + at : 0, mask ? mask + at : 0, width, false,
      );
    for (; at < width; at += 4)
      stepUnits(
        gates + at, before + at, after + at, squashed + at, state + at,
        next ? next + at : 0, mask ? mask + at : 0, width, true,
      );
    gates += 4 * width;
    before += width;
    after += width;
    squashed += width;
    state += stateStride << 2;
    if (next) next += nextStride << 2;
    if (mask) mask += width;
  }
}

// @ts-ignore: decorator
@inline
function backUnits(
  gates: usize, before: usize, squashed: usize, carried: usize, own: usize, above: usize, mask: usize,
  width: usize, single: bool,
): void {
  const input = take(gates, single);
  const forget = take(gates + width, single);
  const cell = take(gates + 2 * width, single);
  const output = take(gates + 3 * width, single);
  const t = take(squashed, single);
  const one = all(1);
  let dh = own ? take(own, single) : all(0);
  if (above) {
    const from = take(above, single);
    dh = mask ? plus(from, take(mask, single), dh) : f32x4.add(from, dh);
  }
  const dc = plus(f32x4.mul(dh, output), f32x4.sub(one, f32x4.mul(t, t)), take(carried, single));
  save(carried, f32x4.mul(dc, forget), single);
  const ofInput = f32x4.mul(f32x4.mul(dc, cell), f32x4.mul(input, f32x4.sub(one, input)));
  const ofForget = f32x4.mul(
    f32x4.mul(dc, take(before, single)), f32x4.mul(forget, f32x4.sub(one, forget)),
  );
  const ofCell = f32x4.mul(f32x4.mul(dc, input), f32x4.sub(one, f32x4.mul(cell, cell)));
  const ofOutput = f32x4.mul(f32x4.mul(dh, t), f32x4.mul(output, f32x4.sub(one, output)));
  save(gates, ofInput, single);
  save(gates + width, ofForget, single);
  save(gates + 2 * width, ofCell, single);
  save(gates + 3 * width, ofOutput, single);
}

/**
 * The way back through such a step: `gates` is left with the loss's gradient by the gates' sums. That by the
 * hidden states is the sum of `own`, from the layer's next step, and of `above` times `mask`; each counts if
 * not 0, a row every stride. `above` counts for a row alone whose entry of `ends` (32-bit integers; 0: for
 * all) is `step`. `carried` [rows, units] is the gradient by the cell state after the step, and then by that before it.
 */
export function stepBackward(
  gates: usize, before: usize, squashed: usize, carried: usize,
  own: usize, ownStride: usize, above: usize, aboveStride: usize, mask: usize,
  ends: usize, step: i32, rows: i32, units: i32,
): void {
  const width = (<usize>units) << 2;
  const whole = width & ~15;
  for (let row = 0; row < rows; row++) {
    const from = ends && load<i32>(ends + ((<usize>row) << 2)) != step ? 0 : above;
    let at: usize = 0;
    for (; at < whole; at += 16)
      backUnits(
        gates + at, before + at, squashed + at, carried + at, own ? own + at : 0,
        from ? from + at : 0, mask ? mask + at : 0, width, false,
      );
    for (; at < width; at += 4)
      backUnits(
        gates + at, before + at, squashed + at, carried + at, own ? own + at : 0,
        from ? from + at : 0, mask ? mask + at : 0, width, true,
      );
    gates += 4 * width;
    before += width;
    squashed += width;
    carried += width;
    if (own) own += ownStride << 2;
    if (above) above += aboveStride << 2;
    if (mask) mask += width;
  }
}

/** `to` [cols, rows] becomes the transpose of `from` [rows, cols]. */
export function transpose(from: usize, to: usize, rows: i32, cols: i32): void {
  for (let col = 0; col < cols; col++)
    for (let row = 0; row < rows; row++) {
      store<f32>(to, load<f32>(from + ((<usize>(row * cols + col)) << 2)));
      to += 4;
    }
}

/** Sets `count` numbers to 0. */
export function clear(to: usize, count: i32): void {
  memory.fill(to, 0, (<usize>count) << 2);
}
