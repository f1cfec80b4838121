import { execFileSync, spawnSync } from 'node:child_process';
import path from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { Manifest } from './schemas.ts';

const folder = path.resolve(import.meta.dirname, '..');

/** Why manifests can't be put together here; undefined when they can. */
export function whyNoKubectl(): string | undefined {
  const { error, stdout } = spawnSync('kubectl', ['version', '--client', '--output=json'], {
    encoding: 'utf8',
  });
  if (error !== undefined) return 'kubectl is not installed';
  const { clientVersion } = JSON.parse(stdout) as { clientVersion: { minor: string } };
  return parseInt(clientVersion.minor) < 31
    ? `kubectl is older than 1.31, whose Kustomize is asked for`
    : undefined;
}

/** @throws Error with what kubectl said */
export function kubectl(args: readonly string[], input = ''): string {
  return execFileSync('kubectl', args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1e8,
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

/** The text that an overlay comes to. @param overlay its folder, as overlays/cluster */
export const rendered = (overlay: string): string => kubectl(['kustomize', path.join(folder, overlay)]);

/** @param text documents of YAML */
export const manifestsIn = (text: string): Manifest[] =>
  parseAllDocuments(text).map((document) => document.toJS() as Manifest);
