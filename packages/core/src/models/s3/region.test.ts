// Which region requests are signed for: that of the setting, of the profile, or of nobody.
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { loadConfig } from '../../config/index.ts';
import { listModelFiles } from '../index.ts';

const regions: (string | undefined)[] = [];
const server = createServer((request, response) => {
  const [, region] = /Credential=[^/]+\/\d{8}\/([^/]+)\/s3/.exec(request.headers.authorization ?? '') ?? [];
  regions.push(region);
  response.writeHead(200, { 'content-type': 'application/xml' });
  response.end('<ListBucketResult/>');
});
let folder: string;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  folder = await mkdtemp(path.join(tmpdir(), 'aws-'));
  await writeFile(
    path.join(folder, 'config'),
    '[default]\nregion = eu-central-1\n[profile bots]\nregion = ap-south-1\n[profile none]\noutput = json\n',
  );
});
afterAll(async () => {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true });
});

test.each([
  ['of AWS_REGION', 'sa-east-1', { AWS_REGION: 'sa-east-1' }, 'config', 'bots'],
  ['of the profile that AWS_PROFILE names', 'ap-south-1', {}, 'config', 'bots'],
  ['of the default profile', 'eu-central-1', {}, 'config', undefined],
  ['that any server takes, where the profile has none', 'us-east-1', {}, 'config', 'none'],
  ['that any server takes, where there is no profile', 'us-east-1', {}, 'no-such-file', undefined],
  ['of the profile where AWS_REGION is empty', 'ap-south-1', { AWS_REGION: ' ' }, 'config', 'bots'],
])('the region is the one %s', async (_, expected, settings, file, profile) => {
  const before = { ...process.env };
  process.env['AWS_CONFIG_FILE'] = path.join(folder, file);
  process.env['AWS_SHARED_CREDENTIALS_FILE'] = path.join(folder, 'no-such-file');
  delete process.env['AWS_REGION'];
  if (profile === undefined) delete process.env['AWS_PROFILE'];
  else process.env['AWS_PROFILE'] = profile;
  try {
    const config = loadConfig({
      MODEL_STORE: 's3://models/fleet',
      MODEL_DIR: path.join(folder, `${expected} ${profile ?? ''} ${file}`),
      AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      AWS_ACCESS_KEY_ID: 'fleet',
      AWS_SECRET_ACCESS_KEY: 'secret',
      ...settings,
    });
    regions.length = 0;
    expect(await listModelFiles(config)).toEqual([]);
    expect(new Set(regions)).toEqual(new Set([expected]));
  } finally {
    process.env = before;
  }
});
