// Files made to eat whoever reads them, read in a process with a small heap: nothing but a refusal may come
// of them.
import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';

const here = (file: string): string => JSON.stringify(new URL(file, import.meta.url).href);

/**
 * Runs `script` with `parse(bytes)`, which gives the refusal's message, or null; `outcome` is what it shows.
 */
function inSmallHeap(script: string): unknown {
  const source = `
    const { parsePickle } = await import(${here('./parse.ts')});
    const { writePickle } = await import(${here('./write.ts')});
    const parse = (bytes) => {
      try {
        parsePickle(bytes, 'model.pkl');
        return null;
      } catch (error) {
        if (error.code !== 'MODEL_FILE_INVALID') throw error;
        return error.message;
      }
    };
    const show = (outcome) => console.log(JSON.stringify(outcome));
    ${script}`;
  const { stdout, stderr, signal } = spawnSync(
    process.execPath,
    ['--max-old-space-size=256', '--input-type=module', '-e', source],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (stdout === '') throw new Error(`it ended ${signal ?? 'without a word'}: ${stderr.slice(-1500)}`);
  return JSON.parse(stdout);
}

test('10 MB, and 40, of whatever makes something of every byte are refused by a reader with 256 MB', () => {
  const messages = inSmallHeap(`
    const after = (start, piece, size = 10e6) =>
      Buffer.concat([Buffer.from('\\x80\\x04' + start, 'latin1'), Buffer.alloc(size, Buffer.from(piece, 'latin1'))]);
    const pieces = ['}', ']', 'N', '(', 'K\\x01', 'G1234567\\0', 'C\\0', '\\x8c\\0', '\\x8c\\x03abc', ']\\x94', '](N'];
    show([
      ...pieces.map((piece) => parse(after('', piece))),
      parse(after(']', '\\x94')),
      parse(after('', '}', 40e6)),
      parse(after(']\\x94', 'h\\0')),
    ]);`);
  expect(messages).toEqual(
    Array.from({ length: 14 }, () => expect.stringMatching(/made of more parts than a model can have/)),
  );
});

test('40 MB of text are refused, 40 MB of bytes are read', () => {
  expect(
    inSmallHeap(`
    const blob = (opcode, size) => {
      const bytes = Buffer.alloc(size + 8, 'x');
      bytes.set([0x80, 4, opcode]);
      bytes.writeUInt32LE(size, 3);
      bytes[size + 7] = 0x2e;
      return bytes;
    };
    show([parse(blob(0x58, 40e6)), parse(blob(0x42, 40e6))]);`),
  ).toEqual([expect.stringMatching(/more than 33554432 bytes of text/), null]);
});

test('a value that is small but huge once walked is refused', () => {
  // Beside 40 MB of bytes, by which its size alone would be let through.
  expect(
    inSmallHeap(`
    const start = Buffer.from('\\x80\\x04](B', 'latin1');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(40e6);
    const levels = Array.from({ length: 26 }, (_, i) =>
      Buffer.from('](h' + String.fromCharCode(i) + 'h' + String.fromCharCode(i) + 'e\\x94', 'latin1'));
    const bytes = Buffer.concat([
      start, length, Buffer.alloc(40e6), Buffer.from(']\\x94', 'latin1'), ...levels, Buffer.from('e.', 'latin1')]);
    show(parse(bytes));`),
  ).toMatch(/naming its parts repeatedly/);
});

test('changed files are plain data or refused in words, and never cost more than 256 MB of heap (seed 7)', () => {
  const [refused, read] = inSmallHeap(`
    let state = 7;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    const below = (limit) => Math.floor(random() * limit);
    const good = writePickle({
      strategy_type: 'lstm',
      model_state: { lstm: [{ dtype: 'float32', shape: [2, 3], data: new Uint8Array(24) }], scaler: null },
      metrics: { accuracy: 0.53, long: -70000, big: 2 ** 40, word: 'ä' },
      fitted_spans: [{ symbol: 'X', part: 'train', start: 0, end: 1.5 }],
    });
    const changes = [
      (file) => { file[below(file.length)] = below(256); return file; },
      (file) => { file[below(file.length)] ^= 1 << below(8); return file; },
      (file) => file.subarray(0, below(file.length)),
      (file) => { const at = below(file.length); return Buffer.concat([file.subarray(0, at), file.subarray(at + 1 + below(9))]); },
      // A part of it, over and over.
      (file) => {
        const from = below(file.length), to = Math.min(file.length, from + 1 + below(12));
        return Buffer.concat([file.subarray(0, to), ...Array(1 + below(2000)).fill(file.subarray(from, to)), file.subarray(to)]);
      },
      (file) => {
        const from = below(file.length), to = below(file.length);
        return Buffer.concat([file.subarray(0, to), file.subarray(from, from + below(40)), file.subarray(to)]);
      },
      (file) => { if (file.length > 12) file.writeUInt32LE(below(2 ** 32), below(file.length - 4)); return file; },
    ];
    let refused = 0, read = 0;
    for (let round = 0; round < 4000; round++) {
      let file = Buffer.from(good);
      for (let i = 1 + below(4); i > 0 && file.length > 0; i--) file = changes[below(changes.length)](file);
      if (parse(file) === null) read++;
      else refused++;
    }
    show([refused, read]);`) as [number, number];
  expect(refused).toBeGreaterThan(2000);
  expect(read).toBeGreaterThan(50);
});
