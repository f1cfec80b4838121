import { NativeError } from './errors.ts';

/** The platforms whose wheels are pinned here. */
export type Platform = 'linux-x64' | 'linux-arm64' | 'darwin-x64' | 'darwin-arm64';

/** This machine as Node names it; a Linux without glibc is `linux-x64-musl`, which no wheel here fits. */
export function platformName(): string {
  const name = `${process.platform}-${process.arch}`;
  return process.platform === 'linux' && !usesGlibc() ? `${name}-musl` : name;
}

/**
 * The entry of a table by platform that is for this machine.
 * @throws NativeError PLATFORM_UNSUPPORTED naming `what`, this platform and those there are.
 */
export function forThisPlatform<T>(what: string, table: { readonly [platform in Platform]?: T }): T {
  const name = platformName();
  const entry = (table as Readonly<Record<string, T | undefined>>)[name];
  if (entry === undefined) {
    throw new NativeError(
      'PLATFORM_UNSUPPORTED',
      `${what} has no build for ${name}, only for ${Object.keys(table).join(', ')}. ` +
        'Use one of these, for example the Docker image (Debian, glibc).',
    );
  }
  return entry;
}

function usesGlibc(): boolean {
  // Otherwise the report looks up the names of all open connections, which can take seconds.
  const report: NodeJS.ProcessReport & { excludeNetwork?: boolean } = process.report;
  report.excludeNetwork = true;
  const { header } = report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}
