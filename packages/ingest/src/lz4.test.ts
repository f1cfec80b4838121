import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { decodeLz4Frame } from './lz4.ts';

// Frames of pyarrow.Codec('lz4').compress: 300 bytes of noise; and "overlap" 30,000 times, the noise, 70,000
// times "z", the noise again, in blocks of 64 kB that refer to those before.
const frame = (name: string): Buffer =>
  readFileSync(path.resolve(import.meta.dirname, `../test/pyarrow/${name}.lz4`));
const noise = Buffer.from(decodeLz4Frame(frame('noise')));

test('what does not get smaller is stored as it is', () => {
  expect(noise).toHaveLength(300);
  expect(frame('noise').includes(noise)).toBe(true);
});

test('copies that overlap themselves, and of earlier blocks', () => {
  const expected = Buffer.concat([
    Buffer.from('overlap'.repeat(30_000)),
    noise,
    Buffer.alloc(70_000, 'z'),
    noise,
  ]);
  expect(expected.equals(decodeLz4Frame(frame('repeated')))).toBe(true);
});

test.each([
  ['that is cut short', frame('repeated').subarray(0, 200)],
  ['of nothing', Buffer.alloc(0)],
  ['of something else', Buffer.from('PAR1PAR1PAR1')],
  ['that refers to what is before its beginning', changed(frame('repeated'), 19)],
])('a frame %s is refused', (_, damaged) => {
  expect(() => decodeLz4Frame(damaged)).toThrow(RangeError);
});

function changed(bytes: Buffer, at: number): Buffer {
  return bytes.fill(bytes[at]! ^ 0xff, at, at + 1);
}
