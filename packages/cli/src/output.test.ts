import { expect, test } from '@jest/globals';
import { statusLine } from './output.ts';

/** What would be written to a terminal of such a size. */
function terminal(isTTY: boolean, { columns, rows } = { columns: 10, rows: 4 }) {
  const written: string[] = [];
  const out = { isTTY, columns, rows, write: (text: string) => written.push(text) };
  // Only these are used of it.
  return { written, line: statusLine(out as unknown as NodeJS.WriteStream) };
}

test('a terminal sees further lines below the first, replaced in place, and in the end the first alone', () => {
  const { written, line } = terminal(true);
  line.show('one', ['a', 'b']);
  line.show('two is too long for it', ['c']);
  line.end();
  expect(written).toEqual([
    '\r\x1b[Jone\na\nb',
    '\x1b[2A\r\x1b[Jtwo is to\nc',
    '\x1b[1A\r\x1b[Jtwo is to',
    '\n',
  ]);
});

test('more lines than the terminal has are left out', () => {
  const { written, line } = terminal(true);
  line.show('one', ['a', 'b', 'c', 'd']);
  expect(written).toEqual(['\r\x1b[Jone\na\nb']);
});

test('a terminal that does not know its size is taken for one of 80 columns and 24 rows', () => {
  const { written, line } = terminal(true, { columns: 0, rows: 0 });
  line.show('x'.repeat(100), ['a']);
  expect(written).toEqual([`\r\x1b[J${'x'.repeat(79)}\na`]);
});

test('elsewhere there is the first line alone', () => {
  const { written, line } = terminal(false);
  line.show('one', ['a']);
  line.end();
  expect(written).toEqual(['one\n']);
});
