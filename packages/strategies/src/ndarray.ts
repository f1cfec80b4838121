import { deflateSync, inflateSync } from 'node:zlib';
import { invalid } from './plain.ts';
import type { NdArray, Plain } from './strategy.ts';

type Numeric = Float64Array | Float32Array | Float16Array | Int32Array | Uint8Array;

/** Share that deflating must save for it to be worth a reader's trouble. */
const minSaved = 0.1;

/**
 * Packs numbers for a model state: little-endian, row-major, a copy of `data`, deflated where that saves a
 * tenth.
 * @param options.deflate false where time counts for more than size, as in a checkpoint.
 * @throws StrategyError INVALID_MODEL when the shape doesn't hold exactly `data.length` numbers.
 */
export function toNdArray(
  data: Numeric,
  shape: readonly number[],
  { deflate = true }: { readonly deflate?: boolean } = {},
): NdArray {
  checkShape(shape, data.length, 'array to be stored');
  const bytes = new Uint8Array(data.byteLength);
  bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  if (!machineIsLittleEndian) reverseEach(bytes, data.BYTES_PER_ELEMENT);
  const described = { dtype: dtypeOf(data), shape: [...shape] };
  const deflated = !deflate || bytes.length < 64 ? bytes : new Uint8Array(deflateSync(bytes, { level: 9 }));
  return deflated.length <= (1 - minSaved) * bytes.length
    ? { ...described, compression: 'zlib', data: deflated }
    : { ...described, data: bytes };
}

/** The array types by their stored name. */
interface ArrayOf {
  float64: Float64Array;
  float32: Float32Array;
  float16: Float16Array;
  int32: Int32Array;
  uint8: Uint8Array;
}

/**
 * Unpacks what `toNdArray` packed, from an untrusted model state; the result is a copy.
 * @param where names the value in error messages, e.g. `model_state.scaler.mean`.
 * @param shape when given, the stored shape must equal it; −1 stands for any length.
 * @throws StrategyError INVALID_MODEL when dtype, shape or byte count is not as announced.
 */
export function fromNdArray<T extends keyof ArrayOf>(
  value: Plain | undefined,
  dtype: T,
  where: string,
  shape?: readonly number[],
): ArrayOf[T] {
  const stored = asNdArray(value, where);
  if (stored.dtype !== dtype)
    throw invalid(where, `holds ${JSON.stringify(stored.dtype)}, expected ${dtype}`);
  const wrong =
    shape !== undefined &&
    (shape.length !== stored.shape.length || shape.some((n, i) => n !== -1 && n !== stored.shape[i]));
  if (wrong) throw invalid(where, `has shape [${stored.shape.join(', ')}], expected [${shape.join(', ')}]`);
  const size = elementBytes[dtype];
  const raw = stored.deflated ? inflate(stored, size, where) : stored.data;
  if (raw.byteLength % size !== 0)
    throw invalid(where, `has ${raw.byteLength} bytes, not a multiple of ${size}`);
  checkShape(stored.shape, raw.byteLength / size, where);
  const bytes = new Uint8Array(raw.byteLength);
  bytes.set(raw);
  if (!machineIsLittleEndian) reverseEach(bytes, size);
  return makeArray[dtype](bytes.buffer);
}

/** Inflates no more than the shape announces, whatever a file would swell to. */
function inflate({ shape, data }: Pick<NdArray, 'shape' | 'data'>, size: number, where: string): Uint8Array {
  const announced = size * shape.reduce((product, n) => product * n, 1);
  try {
    return inflateSync(data, { maxOutputLength: Math.max(1, announced) });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw invalid(where, `can't be inflated to the ${announced} bytes of its shape (${why})`);
  }
}

const machineIsLittleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

const elementBytes = { float64: 8, float32: 4, float16: 2, int32: 4, uint8: 1 } as const;

const makeArray: { readonly [T in keyof ArrayOf]: (buffer: ArrayBuffer) => ArrayOf[T] } = {
  float64: (buffer) => new Float64Array(buffer),
  float32: (buffer) => new Float32Array(buffer),
  float16: (buffer) => new Float16Array(buffer),
  int32: (buffer) => new Int32Array(buffer),
  uint8: (buffer) => new Uint8Array(buffer),
};

function dtypeOf(data: Numeric): keyof ArrayOf {
  if (data instanceof Float64Array) return 'float64';
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof Float16Array) return 'float16';
  return data instanceof Int32Array ? 'int32' : 'uint8';
}

function asNdArray(
  value: Plain | undefined,
  where: string,
): Pick<NdArray, 'shape' | 'data'> & { dtype: string; deflated: boolean } {
  if (typeof value !== 'object' || value === null || !('dtype' in value))
    throw invalid(where, 'is no stored array {dtype, shape, data}');
  const { dtype, shape, data, compression } = value;
  if (typeof dtype !== 'string' || !Array.isArray(shape) || !(data instanceof Uint8Array))
    throw invalid(where, 'is no stored array {dtype, shape, data}');
  const lengths = shape.filter((n) => typeof n === 'number');
  if (lengths.length !== shape.length) throw invalid(where, 'has a shape that is not all numbers');
  if (compression !== undefined && compression !== 'zlib')
    throw invalid(where, `is compressed by ${JSON.stringify(compression)}, which this version can't read`);
  return { dtype, shape: lengths, data, deflated: compression === 'zlib' };
}

function checkShape(shape: readonly number[], length: number, where: string): void {
  const valid = shape.every((n) => Number.isSafeInteger(n) && n >= 0);
  const count = shape.reduce((product, n) => product * n, 1);
  if (!valid || count !== length)
    throw invalid(where, `has shape [${shape.join(', ')}] but ${length} numbers`);
}

function reverseEach(bytes: Uint8Array, size: number): void {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}
