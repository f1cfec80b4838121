import { isUint8Array } from 'node:util/types';
import { op } from './opcodes.ts';
import { maxDepth, maxIntegerBytes, type PickleValue } from './value.ts';

/** From this size on, bytes go into the result by reference instead of through the scratch buffer. */
const largeBytes = 4096;

/**
 * Writes `value` as a pickle of protocol 4, which `pickle.load` of Python 3.4 and later reads with nothing
 * imported. Safe integers and bigints become int, other numbers float (−0 too). Equal input, keys in equal
 * order, gives equal bytes.
 * @throws TypeError that names the place of what a pickle can't hold: undefined, a function, a class's
 *   instance, a lone surrogate, more than 100 levels
 */
export function writePickle(value: PickleValue): Buffer {
  const out = createOutput();
  out.code(op.PROTO, 4);
  writeValue(out, value, 0, []);
  out.code(op.STOP);
  return out.finish();
}

type Output = ReturnType<typeof createOutput>;
type Trail = (string | number)[];

function writeValue(out: Output, value: unknown, depth: number, trail: Trail): void {
  if (value === null) out.code(op.NONE);
  else if (value === true) out.code(op.NEWTRUE);
  else if (value === false) out.code(op.NEWFALSE);
  else if (typeof value === 'number') writeNumber(out, value);
  else if (typeof value === 'bigint') writeInteger(out, value, trail);
  else if (typeof value === 'string') writeString(out, value, trail);
  else if (isUint8Array(value)) writeBytes(out, value);
  else if (depth === maxDepth) throw unfit(trail, `nested more than ${maxDepth} levels, or refers to itself`);
  else if (Array.isArray(value)) writeList(out, value, depth, trail);
  else if (isRecord(value)) writeDict(out, value, depth, trail);
  else throw unfit(trail, `${describe(value)} can't go into a model file`);
}

function writeList(out: Output, list: readonly unknown[], depth: number, trail: Trail): void {
  out.code(op.EMPTY_LIST);
  if (list.length === 0) return;
  out.code(op.MARK);
  for (let i = 0; i < list.length; i++) {
    trail.push(i);
    writeValue(out, list[i], depth + 1, trail);
    trail.pop();
  }
  out.code(op.APPENDS);
}

function writeDict(out: Output, record: Record<string, unknown>, depth: number, trail: Trail): void {
  out.code(op.EMPTY_DICT);
  const keys = Object.keys(record);
  if (keys.length === 0) return;
  out.code(op.MARK);
  for (const key of keys) {
    trail.push(key);
    // The reader refuses it as well: no model needs it, and a careless copy of it changes a prototype.
    if (key === '__proto__') throw unfit(trail, 'a key must not be __proto__');
    writeString(out, key, trail);
    writeValue(out, record[key], depth + 1, trail);
    trail.pop();
  }
  out.code(op.SETITEMS);
}

function writeNumber(out: Output, value: number): void {
  if (!Number.isSafeInteger(value) || Object.is(value, -0)) {
    out.code(op.BINFLOAT);
    out.room(8).writeDoubleBE(value);
  } else if (value >= 0 && value <= 0xff) {
    out.code(op.BININT1, value);
  } else if (value >= 0 && value <= 0xffff) {
    out.code(op.BININT2);
    out.room(2).writeUInt16LE(value);
  } else if (value === (value | 0)) {
    out.code(op.BININT);
    out.room(4).writeInt32LE(value);
  } else {
    writeInteger(out, BigInt(value), []);
  }
}

function writeInteger(out: Output, value: bigint, trail: Trail): void {
  if (value === BigInt.asIntN(32, value)) {
    writeNumber(out, Number(value));
    return;
  }
  let bytes = 5;
  while (bytes <= maxIntegerBytes && value !== BigInt.asIntN(8 * bytes, value)) bytes++;
  if (bytes > maxIntegerBytes) throw unfit(trail, `an integer of more than ${maxIntegerBytes} bytes`);
  out.code(op.LONG1, bytes);
  const hex = BigInt.asUintN(8 * bytes, value)
    .toString(16)
    .padStart(2 * bytes, '0');
  Buffer.from(hex, 'hex').reverse().copy(out.room(bytes));
}

function writeString(out: Output, text: string, trail: Trail): void {
  if (!text.isWellFormed()) throw unfit(trail, 'a string with half a surrogate pair');
  const bytes = Buffer.byteLength(text);
  if (bytes <= 0xff) {
    out.code(op.SHORT_BINUNICODE, bytes);
  } else {
    out.code(op.BINUNICODE);
    // V8's longest string is below 2^30 characters, so a length always fits.
    out.room(4).writeUInt32LE(bytes);
  }
  out.room(bytes).write(text);
}

function writeBytes(out: Output, bytes: Uint8Array): void {
  if (bytes.length <= 0xff) {
    out.code(op.SHORT_BINBYTES, bytes.length);
  } else if (bytes.length <= 0xffffffff) {
    out.code(op.BINBYTES);
    out.room(4).writeUInt32LE(bytes.length);
  } else {
    out.code(op.BINBYTES8);
    out.room(8).writeBigUInt64LE(BigInt(bytes.length));
  }
  if (bytes.length >= largeBytes) out.large(bytes);
  else out.room(bytes.length).set(bytes);
}

/** Small pieces are gathered in a scratch buffer; large ones are copied once, by the final concat. */
function createOutput() {
  const parts: Uint8Array[] = [];
  let scratch = Buffer.allocUnsafe(1 << 16);
  let start = 0;
  let end = 0;
  function flush(): void {
    if (end > start) parts.push(scratch.subarray(start, end));
    start = end;
  }
  function room(bytes: number): Buffer {
    if (end + bytes > scratch.length) {
      flush();
      scratch = Buffer.allocUnsafe(Math.max(1 << 16, bytes));
      start = end = 0;
    }
    end += bytes;
    return scratch.subarray(end - bytes, end);
  }
  return {
    /** The next `bytes` bytes of the result, to be filled by the caller. */
    room,
    code(code: number, argument?: number): void {
      const target = room(argument === undefined ? 1 : 2);
      target[0] = code;
      if (argument !== undefined) target[1] = argument;
    },
    large(bytes: Uint8Array): void {
      flush();
      parts.push(bytes);
    },
    finish(): Buffer {
      flush();
      return Buffer.concat(parts);
    },
  };
}

/** A literal's or JSON's object, or one without prototype; of whatever realm. */
function isRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || (!Array.isArray(value) && Object.getPrototypeOf(prototype) === null);
}

function describe(value: unknown): string {
  return typeof value === 'object' && value !== null ? `a ${value.constructor.name}` : typeof value;
}

function unfit(trail: Trail, problem: string): TypeError {
  const place = trail.length > 8 ? [...trail.slice(0, 8), '…'] : trail;
  return new TypeError(`${place.length === 0 ? 'value' : place.join('.')}: ${problem}`);
}
