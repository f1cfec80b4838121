import { FleetError } from '../../errors.ts';
import { createCursor, type Cursor, type Fail } from './cursor.ts';
import { createMachine, type Machine } from './machine.ts';
import { op, opcodeName } from './opcodes.ts';
import { maxIntegerBytes, type PickleValue } from './value.ts';

const holds = 'dict, list, str, int, float, bool, None and bytes';

/**
 * Parses a pickle of protocol 2 to 5 that holds plain data only. Nothing is imported, called or constructed:
 * whatever asks for it is refused. int becomes number where that is exact, else bigint; bytes are copies;
 * dicts have no prototype. Refused too: anything after the pickle, more levels, parts or text than value.ts
 * allows, a value that contains itself, dict keys other than str, the key __proto__, tuples and sets, and
 * bytes of protocol 2, which Python writes as a call.
 * @param name the file's name for messages
 * @throws FleetError MODEL_FILE_INVALID with the file's name, the offset and why
 */
export function parsePickle(bytes: Uint8Array, name: string): PickleValue {
  let step = 0;
  const fail: Fail = (reason) => {
    throw new FleetError(
      'MODEL_FILE_INVALID',
      `${name} is not a readable model file: at offset ${step} it ${reason}`,
    );
  };
  const cursor = createCursor(bytes, fail);
  const machine = createMachine(bytes.length, fail);
  const reader = { cursor, machine, fail };
  readProtocol(cursor, fail);
  for (;;) {
    step = cursor.offset;
    if (cursor.left === 0) fail('ends before the pickle does: it was cut short');
    const code = cursor.u8();
    if (code === op.STOP) break;
    const run = steps[code];
    if (run === undefined) fail(`asks for ${opcodeName(code)}; a model file holds ${holds} only`);
    else run(reader);
  }
  const value = machine.finish();
  if (cursor.left > 0) fail(`goes on with ${cursor.left} bytes after the pickle's end`);
  return value;
}

function readProtocol(cursor: Cursor, fail: Fail): void {
  if (cursor.left === 0) fail('is empty');
  if (cursor.left < 2 || cursor.u8() !== op.PROTO)
    fail('does not begin like a pickle of protocol 2 or later');
  const protocol = cursor.u8();
  if (protocol < 2 || protocol > 5) fail(`says pickle protocol ${protocol}; 2 to 5 can be read`);
}

interface Reader {
  readonly cursor: Cursor;
  readonly machine: Machine;
  readonly fail: Fail;
}

/** What each known opcode does; there is no step for anything that calls, imports or builds. */
const steps: Readonly<Record<number, (reader: Reader) => void>> = {
  [op.FRAME]({ cursor, fail }) {
    const length = cursor.length8();
    if (length > cursor.left)
      fail(`is cut short: a frame of ${length} bytes was to follow, ${cursor.left} do`);
  },
  [op.NONE]: ({ machine }) => machine.push(null),
  [op.NEWTRUE]: ({ machine }) => machine.push(true),
  [op.NEWFALSE]: ({ machine }) => machine.push(false),
  [op.BININT]: ({ machine, cursor }) => machine.push(cursor.i32()),
  [op.BININT1]: ({ machine, cursor }) => machine.push(cursor.u8()),
  [op.BININT2]: ({ machine, cursor }) => machine.push(cursor.u16()),
  [op.LONG1]: ({ machine, cursor }) => machine.push(integer(cursor.take(cursor.u8()))),
  [op.LONG4]({ machine, cursor, fail }) {
    const length = cursor.u32();
    if (length > maxIntegerBytes)
      fail(`holds an int of ${length} bytes; up to ${maxIntegerBytes} can be read`);
    machine.push(integer(cursor.take(length)));
  },
  [op.BINFLOAT]: ({ machine, cursor }) => machine.push(cursor.float64()),
  [op.SHORT_BINUNICODE]: ({ machine, cursor, fail }) => pushText(machine, cursor.take(cursor.u8()), fail),
  [op.BINUNICODE]: ({ machine, cursor, fail }) => pushText(machine, cursor.take(cursor.u32()), fail),
  [op.BINUNICODE8]: ({ machine, cursor, fail }) => pushText(machine, cursor.take(cursor.length8()), fail),
  [op.SHORT_BINBYTES]: ({ machine, cursor }) => machine.pushBytes(cursor.take(cursor.u8())),
  [op.BINBYTES]: ({ machine, cursor }) => machine.pushBytes(cursor.take(cursor.u32())),
  [op.BINBYTES8]: ({ machine, cursor }) => machine.pushBytes(cursor.take(cursor.length8())),
  [op.EMPTY_LIST]: ({ machine }) => machine.pushList(),
  [op.EMPTY_DICT]: ({ machine }) => machine.pushDict(),
  [op.MARK]: ({ machine }) => machine.mark(),
  [op.APPEND]: ({ machine }) => machine.append([machine.pop()]),
  [op.APPENDS]: ({ machine }) => machine.append(machine.popToMark()),
  [op.SETITEM]({ machine }) {
    const value = machine.pop();
    machine.setItems([machine.pop(), value]);
  },
  [op.SETITEMS]: ({ machine }) => machine.setItems(machine.popToMark()),
  [op.MEMOIZE]: ({ machine }) => machine.memoize(),
  [op.BINPUT]: ({ machine, cursor }) => machine.memoize(cursor.u8()),
  [op.LONG_BINPUT]: ({ machine, cursor }) => machine.memoize(cursor.u32()),
  [op.BINGET]: ({ machine, cursor }) => machine.recall(cursor.u8()),
  [op.LONG_BINGET]: ({ machine, cursor }) => machine.recall(cursor.u32()),
};

/** Little-endian two's complement, of any length. */
function integer(bytes: Uint8Array): number | bigint {
  if (bytes.length === 0) return 0;
  const hex = Buffer.from(bytes).reverse().toString('hex');
  const value = BigInt.asIntN(8 * bytes.length, BigInt(`0x${hex}`));
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function pushText(machine: Machine, bytes: Uint8Array, fail: Fail): void {
  machine.pushText(bytes.length, () => {
    try {
      return utf8.decode(bytes);
    } catch {
      return fail('holds a str that is not UTF-8');
    }
  });
}
