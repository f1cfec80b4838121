import { wasm } from './wasm.ts';

/**
 * What an LSTM does beside its matrix products; arguments are addresses in the memory, strides and counts, as
 * kernels.as says.
 */
export type Kernels = Readonly<
  Record<'stepForward' | 'stepBackward' | 'transpose' | 'clear', (...numbers: number[]) => void>
>;

/** Of WebAssembly; it stays where it is, as nothing makes it grow. */
export interface Memory {
  readonly buffer: ArrayBuffer;
}

/**
 * The part of WebAssembly used here: its types come only
 * with a browser's, which nothing else here should see.
 */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Memory: new (limits: { readonly initial: number }) => Memory;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
};

/** 32-bit numbers at the memory's beginning that are left to the kernels, which keep constants there. */
export const RESERVED = 1024;

const PAGE_BYTES = 65_536;
let compiled: object | undefined;

/**
 * Memory of at least so many bytes, zeros. Of the machine's it takes what is written to.
 * @throws RangeError past the 4 GiB that WebAssembly can address, or where there is not as much
 */
export function createMemory(bytes: number): Memory {
  return new WebAssembly.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
}

export function createKernels(memory: Memory): Kernels {
  compiled ??= new WebAssembly.Module(Buffer.from(wasm, 'base64'));
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } });
  // Its exports have no types; that they are these functions is what the tests see by calling each.
  return exports as Kernels;
}
