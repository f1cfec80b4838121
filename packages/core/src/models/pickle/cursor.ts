/** Says what is wrong with the file that is being read, by throwing. */
export type Fail = (reason: string) => never;

export interface Cursor {
  readonly offset: number;
  /** Bytes not read yet. */
  readonly left: number;
  u8(): number;
  u16(): number;
  i32(): number;
  u32(): number;
  /** An unsigned 64-bit length. */
  length8(): number;
  float64(): number;
  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array;
}

/** Reads little-endian numbers (BINFLOAT alone is big-endian) and never past the end. */
export function createCursor(bytes: Uint8Array, fail: Fail): Cursor {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let offset = 0;
  /** Moves on by `length` and gives the place moved from. */
  function advance(length: number): number {
    const left = bytes.length - offset;
    if (length > left) fail(`is cut short: ${length} bytes were to follow at offset ${offset}, ${left} do`);
    offset += length;
    return offset - length;
  }
  return {
    get offset() {
      return offset;
    },
    get left() {
      return bytes.length - offset;
    },
    u8: () => view.getUint8(advance(1)),
    u16: () => view.getUint16(advance(2), true),
    i32: () => view.getInt32(advance(4), true),
    u32: () => view.getUint32(advance(4), true),
    length8: () => Number(view.getBigUint64(advance(8), true)),
    float64: () => view.getFloat64(advance(8)),
    take(length) {
      const from = advance(length);
      return bytes.subarray(from, from + length);
    },
  };
}
