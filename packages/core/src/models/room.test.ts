import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { lackOf, requireRoom } from './room.ts';

const megabyte = 2 ** 20;
const space = { blocks: 1000, bavail: 100, bsize: megabyte, files: 1000, ffree: 10 };

test.each([
  ['room enough', {}, null],
  ['just enough', { bavail: 64 }, null],
  ['too little', { bavail: 63 }, '66 MB are free, a training needs 67.1'],
  ['nothing', { bavail: 0 }, '0 MB are free, a training needs 67.1'],
  ['no inode', { ffree: 0 }, 'no more files can be made (no inode is free)'],
  ['no count of inodes, as on btrfs', { files: 0, ffree: 0 }, null],
  [
    'no count of anything, as on some network file systems',
    { blocks: 0, bavail: 0, files: 0, ffree: 0 },
    null,
  ],
])('a disk with %s', (_, change, lack) => {
  expect(lackOf({ ...space, ...change })).toBe(lack);
});

test('a folder that is still to be made is looked for above', async () => {
  await expect(requireRoom(path.join(tmpdir(), 'none', 'such'))).resolves.toBeUndefined();
});
