import { isUint8Array } from 'node:util/types';
import type { Fail } from './cursor.ts';
import { maxDepth, maxParts, maxTextBytes, type PickleValue } from './value.ts';

/**
 * A file may name one object many times, so that a few bytes stand for a value that is huge once walked
 * (thirty lists, each holding the one before twice, are 2^30 leaves). The value, written out in full, may be
 * this much larger than its file.
 */
const expansion = { factor: 8, floor: 16 * 2 ** 20 };

/** Of maxParts: what takes an object of its own, some 150 to 300 bytes, counts as so many numbers. */
const objectParts = 10;

interface Facts {
  /** Bytes of the value written out in full, roughly, and how many values that is. */
  size: number;
  parts: number;
  depth: number;
  /**
   * Part of another container, or named again: it may not change any more, so nothing ever contains itself.
   */
  frozen: boolean;
}
type Container = Facts &
  ({ kind: 'list'; list: PickleValue[] } | { kind: 'dict'; dict: Record<string, PickleValue> });

export type Machine = ReturnType<typeof createMachine>;

/** The stack, marks and memo of the pickle machine, for values without behaviour. */
export function createMachine(fileBytes: number, fail: Fail) {
  const stack: PickleValue[] = [];
  const marks: number[] = [];
  const memo = new Map<number, PickleValue>();
  const containers = new Map<unknown, Container>();
  const maxSize = Math.max(expansion.floor, expansion.factor * fileBytes);
  let parts = 0;
  let textBytes = 0;

  /** A byte of a file can ask for an object of 300: what is made is counted before it is made. */
  function spend(count: number): void {
    parts += count;
    if (parts > maxParts) fail(`is made of more parts than a model can have (${maxParts})`);
  }

  function pushContainer(container: Container, value: PickleValue): void {
    spend(objectParts);
    containers.set(value, container);
    stack.push(value);
  }

  function pop(): PickleValue {
    if (stack.length <= (marks.at(-1) ?? 0)) fail('takes a value that is not on the stack');
    return stack.pop() as PickleValue; // Not undefined: the length was checked.
  }

  function popToMark(): PickleValue[] {
    const mark = marks.pop();
    return mark === undefined ? fail('takes values up to a mark that is not set') : stack.splice(mark);
  }

  function top(): PickleValue {
    const value = pop();
    stack.push(value);
    return value;
  }

  function open(): Container {
    const container = containers.get(top()) ?? fail('adds to something that is neither a list nor a dict');
    if (container.frozen)
      fail(`changes a ${container.kind} after its use elsewhere: it would contain itself`);
    return container;
  }

  function attach(parent: Facts, value: PickleValue): void {
    const child = containers.get(value);
    if (child !== undefined) {
      child.frozen = true;
      parent.depth = Math.max(parent.depth, child.depth + 1);
      if (parent.depth > maxDepth) fail(`nested more than ${maxDepth} levels`);
    }
    parent.size += child?.size ?? sizeOf(value);
    parent.parts += child?.parts ?? 1;
    if (parent.size > maxSize || parent.parts > maxParts)
      fail(
        `stands for a value of more than ${maxSize} bytes or ${maxParts} parts, naming its parts repeatedly`,
      );
  }

  return {
    push(value: null | boolean | number | bigint): void {
      spend(1);
      stack.push(value);
    },
    /** @param decode makes the text of so many bytes, once they are known to be few enough */
    pushText(bytes: number, decode: () => string): void {
      spend(1);
      textBytes += bytes;
      if (textBytes > maxTextBytes) fail(`holds more than ${maxTextBytes} bytes of text`);
      stack.push(decode());
    },
    /**
     * As a copy of their own: the file's buffer can be freed, and a typed array may lie over it, since it
     * starts at a multiple of 8.
     */
    pushBytes(view: Uint8Array): void {
      spend(objectParts);
      stack.push(new Uint8Array(view));
    },
    mark(): void {
      spend(1);
      marks.push(stack.length);
    },
    pushList(): void {
      const list: PickleValue[] = [];
      pushContainer({ kind: 'list', list, size: 1, parts: 1, depth: 1, frozen: false }, list);
    },
    pushDict(): void {
      // Without prototype: a key that the file does not have is undefined, whatever its name.
      const dict = Object.create(null) as Record<string, PickleValue>;
      pushContainer({ kind: 'dict', dict, size: 1, parts: 1, depth: 1, frozen: false }, dict);
    },
    append(values: readonly PickleValue[]): void {
      const target = open();
      if (target.kind !== 'list') return fail('appends to a dict');
      for (const value of values) {
        attach(target, value);
        target.list.push(value);
      }
    },
    setItems(pairs: readonly PickleValue[]): void {
      const target = open();
      if (target.kind !== 'dict') return fail('sets an item of a list');
      if (pairs.length % 2 !== 0) fail('has a dict key without a value');
      for (let i = 0; i < pairs.length; i += 2) {
        const key = pairs[i];
        if (typeof key !== 'string') return fail('has a dict key that is not a str');
        if (key === '__proto__') fail('has a dict key __proto__');
        attach(target, key);
        attach(target, pairs[i + 1]!);
        target.dict[key] = pairs[i + 1]!;
      }
    },
    memoize(index = memo.size): void {
      spend(1);
      memo.set(index, top());
    },
    recall(index: number): void {
      const value = memo.get(index);
      if (value === undefined) return fail(`names memo entry ${index}, which was never set`);
      const container = containers.get(value);
      if (container !== undefined) container.frozen = true;
      spend(1);
      stack.push(value);
    },
    pop,
    popToMark,
    finish(): PickleValue {
      const value = pop();
      if (stack.length > 0 || marks.length > 0) fail('stops with values left on the stack');
      return value;
    },
  };
}

function sizeOf(value: PickleValue): number {
  return typeof value === 'string' || isUint8Array(value) ? 1 + value.length : 1;
}
