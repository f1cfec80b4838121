import { createReadStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { platformName } from '../platform.ts';
import { run } from '../run.ts';
import { installFromBucket } from './official.ts';

let folder: string;
let server: Server;
let bucket: string;
let requests: string[];

/** Archives laid out as the makers' are, of small files. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bucket-'));
  const [library, addon] = [join(folder, 'library'), join(folder, 'addon')];
  await mkdir(join(library, 'lib'), { recursive: true });
  await mkdir(join(addon, 'napi-v8'), { recursive: true });
  await mkdir(join(folder, 'stage', 'lib'), { recursive: true });
  await writeFile(join(library, 'lib', 'libtensorflow.so.2.9.1'), 'library');
  await symlink('libtensorflow.so.2.9.1', join(library, 'lib', 'libtensorflow.so.2'));
  await writeFile(join(addon, 'napi-v8', 'tfjs_binding.node'), 'addon');
  await run('tar', ['-czf', join(folder, 'library.tgz'), '-C', library, '.'], { timeoutMs: 240_000 });
  await run('tar', ['-czf', join(folder, 'addon.tgz'), '-C', addon, 'napi-v8'], { timeoutMs: 240_000 });
  requests = [];
  server = createServer((request, response) => {
    const url = request.url ?? '';
    requests.push(url);
    if (url.startsWith('/closed')) response.writeHead(403).end();
    else
      createReadStream(join(folder, url.includes('pre-built') ? 'addon.tgz' : 'library.tgz')).pipe(response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  bucket = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(async () => {
  await new Promise((resolve) => server.close(resolve));
  await rm(folder, { recursive: true });
});

const install = (from: string): Promise<string> =>
  installFromBucket(
    {
      packageDir: folder,
      stage: join(folder, 'stage'),
      temporary: () => mkdtemp(join(folder, 'download-')),
    },
    () => undefined,
    from,
  );

const offered = ['linux-x64', 'darwin-x64'].includes(platformName());
const why = offered ? '' : ' [the makers offer nothing for this platform]';

(offered ? test : test.skip)(`the makers' archives are staged, links included${why}`, async () => {
  expect(await install(bucket)).toBe(`libtensorflow 2.9.1 from ${bucket}`);
  expect(requests.map((url) => url.split('/').at(-1))).toEqual([
    expect.stringMatching(/^CPU-.*-4\.22\.0\.tar\.gz$/),
    expect.stringMatching(/^libtensorflow-cpu-.*-2\.9\.1\.tar\.gz$/),
  ]);
  const lib = join(folder, 'stage', 'lib');
  expect(await readlink(join(lib, 'libtensorflow.so.2'))).toBe('libtensorflow.so.2.9.1');
  expect(await readFile(join(lib, 'libtensorflow.so.2'), 'utf8')).toBe('library');
  expect(await readFile(join(folder, 'stage', 'tfjs_binding.node'), 'utf8')).toBe('addon');
});

(offered ? test : test.skip)(
  `a bucket that refuses or is not there fails with its address${why}`,
  async () => {
    await expect(install(`${bucket}/closed`)).rejects.toMatchObject({
      code: 'TENSORFLOW_MISSING',
      message: expect.stringMatching(/\/closed\/.*: HTTP 403$/),
    });
    // Nobody listens on port 1.
    await expect(install('http://127.0.0.1:1')).rejects.toThrow(/127\.0\.0\.1:1\/.*: .+/);
  },
);
