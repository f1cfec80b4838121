/*
 * The inner loops of training in AssemblyScript, a TypeScript that compiles to
 * WebAssembly: four single-precision numbers an instruction (v128), which JavaScript
 * has no way to ask for. `pnpm kernels` in this package makes wasm.ts of this file.
 *
 * Arguments of type usize are addresses of 32-bit floats in the module's memory. Matrices are row-major.
 * Numbers of rows are multiples of 4, of columns multiples of 8, other counts multiples of 4, so that no loop
 * has a remainder; `index.ts` says who fills up with zeros.
 */

/** Address of the element `index` of the array at `array`. */
function at(array: usize, index: i32): usize {
  return array + ((<usize>index) << 2);
}

function all(x: f32): v128 {
  return f32x4.splat(x);
}

/** sum + x · y; two roundings, as fused ones would make results depend on the machine. */
function plus(sum: v128, x: v128, y: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, y));
}

/**
 * C[m, n] = sum over k of A[m, k] B[k, n]. A[m, k] is found at m · rowStride + k · kStride, so that strides
 * (K, 1) read A as it is stored and (1, M) its transpose. Each block of 4 rows and 8 columns keeps its sums
 * in registers.
 */
export function matmul(
  a: usize, b: usize, c: usize,
  m: i32, n: i32, k: i32,
  rowStride: i32, kStride: i32,
): void {
  const nextRow = (<usize>rowStride) << 2;
  const nextK = (<usize>kStride) << 2;
  const width = (<usize>n) << 2;
  for (let row = 0; row < m; row += 4) {
    for (let col = 0; col < n; col += 8) {
      let left0 = all(0), left1 = all(0), left2 = all(0), left3 = all(0);
      let right0 = all(0), right1 = all(0), right2 = all(0), right3 = all(0);
      let p = at(a, row * rowStride);
      let q = at(b, col);
      for (let i = 0; i < k; i++) {
        const left = v128.load(q);
        const right = v128.load(q, 16);
        let x = v128.load32_splat(p);
        left0 = plus(left0, x, left); right0 = plus(right0, x, right);
        x = v128.load32_splat(p + nextRow);
        left1 = plus(left1, x, left); right1 = plus(right1, x, right);
        x = v128.load32_splat(p + 2 * nextRow);
        left2 = plus(left2, x, left); right2 = plus(right2, x, right);
        x = v128.load32_splat(p + 3 * nextRow);
        left3 = plus(left3, x, left); right3 = plus(right3, x, right);
        p += nextK;
        q += width;
      }
      let to = at(c, row * n + col);
      v128.store(to, left0); v128.store(to, right0, 16);
      to += width;
      v128.store(to, left1); v128.store(to, right1, 16);
      to += width;
      v128.store(to, left2); v128.store(to, right2, 16);
      to += width;
      v128.store(to, left3); v128.store(to, right3, 16);
    }
  }
}

/** Adds `bias` to each of the rows of `y`, in place. */
export function addBias(y: usize, bias: usize, rows: i32, width: i32): void {
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < width; col += 4) {
      const to = at(y, row * width + col);
      v128.store(to, f32x4.add(v128.load(to), v128.load(at(bias, col))));
    }
}

/**
 * tanh, in place: Lambert's continued fraction for tanh(x / 2) to the seventh order, doubled by
 * tanh 2h = 2 tanh h / (1 + tanh² h), which also damps the fraction's error for large h. In exact arithmetic
 * it stays within 1.1e-8 of tanh; beyond ±9.94, where it reaches ±1, x counts as ±9.94. What rounding puts
 * outside of ±1 is taken back, so that 1 − y² is never negative. NaN goes through: pmin and pmax give
 * their first argument when it compares false. They are one instruction each; with min and max, which have to
 * look for NaN and −0, the whole of PPO's training took a fifth longer.
 */
export function tanhInPlace(y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const to = at(y, i);
    const h = f32x4.pmax(f32x4.pmin(f32x4.mul(all(0.5), v128.load(to)), all(4.97)), all(-4.97));
    const s = f32x4.mul(h, h);
    const p = f32x4.mul(h, plus(all(135135), s, plus(all(17325), s, f32x4.add(all(378), s))));
    const q = plus(all(135135), s, plus(all(62370), s, plus(all(3150), s, all(28))));
    const product = f32x4.mul(p, q);
    const squares = plus(f32x4.mul(p, p), q, q);
    const y4 = f32x4.div(f32x4.add(product, product), squares);
    v128.store(to, f32x4.pmax(f32x4.pmin(y4, all(1)), all(-1)));
  }
}

/** Takes a gradient back through tanh, in place: delta · (1 − y²), y being tanh's result. */
export function tanhBackward(delta: usize, y: usize, count: i32): void {
  for (let i = 0; i < count; i += 4) {
    const to = at(delta, i);
    const value = v128.load(at(y, i));
    const slope = f32x4.sub(all(1), f32x4.mul(value, value));
    v128.store(to, f32x4.mul(v128.load(to), slope));
  }
}

/** Sums of the columns of `y`. */
export function sumRows(y: usize, sums: usize, rows: i32, width: i32): void {
  for (let col = 0; col < width; col += 4) {
    let sum = all(0);
    for (let row = 0; row < rows; row++) sum = f32x4.add(sum, v128.load(at(y, row * width + col)));
    v128.store(at(sums, col), sum);
  }
}

/** `to` [cols, rows] becomes the transpose of `from` [rows, cols]. */
export function transpose(from: usize, to: usize, rows: i32, cols: i32): void {
  for (let row = 0; row < rows; row++)
    for (let col = 0; col < cols; col++)
      store<f32>(at(to, col * rows + row), load<f32>(at(from, row * cols + col)));
}

export function sumOfSquares(x: usize, count: i32): f32 {
  let sums = all(0);
  for (let i = 0; i < count; i += 4) {
    const value = v128.load(at(x, i));
    sums = plus(sums, value, value);
  }
  return (
    f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1) +
    f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3)
  );
}

/**
 * One step of Adam (Kingma and Ba 2015). `mean` and `variance` are its running moments with
 * decays 0.9 and 0.999; `rate` is the learning rate over the mean's bias correction, `root`
 * the square root of the variance's; `scale` multiplies the gradients first. The 1e-5 is
 * the PPO authors' and stable-baselines3's; Adam's own 1e-8 makes early steps larger.
 */
export function adam(
  parameters: usize, gradients: usize, mean: usize, variance: usize,
  count: i32, rate: f32, root: f32, scale: f32,
): void {
  for (let i = 0; i < count; i += 4) {
    const to = at(parameters, i);
    const gradient = f32x4.mul(v128.load(at(gradients, i)), all(scale));
    const m = plus(f32x4.mul(v128.load(at(mean, i)), all(0.9)), gradient, all(0.1));
    const square = f32x4.mul(gradient, gradient);
    const v = plus(f32x4.mul(v128.load(at(variance, i)), all(0.999)), square, all(0.001));
    v128.store(at(mean, i), m);
    v128.store(at(variance, i), v);
    const divisor = f32x4.add(f32x4.div(f32x4.sqrt(v), all(root)), all(1e-5));
    v128.store(to, f32x4.sub(v128.load(to), f32x4.div(f32x4.mul(m, all(rate)), divisor)));
  }
}
