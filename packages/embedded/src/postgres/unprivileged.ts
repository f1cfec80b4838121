import { spawnSync } from 'node:child_process';
import { lchownSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';

/** A way to run the PostgreSQL binaries, which refuse root and users without a name. */
export interface Runner {
  readonly name: string;
  /** Who owns the files the server makes; undefined leaves them as they are. */
  readonly owner?: { readonly uid: number; readonly gid: number };
  /** Command line in front of the binary's own. */
  readonly prefix: readonly string[];
  readonly uid?: number;
  readonly gid?: number;
}

const direct: Runner = { name: 'as this user', prefix: [] };

/**
 * The first way that works on this machine to run `binary` on data in `folder`, without making a user and
 * without opening the checkout to anybody. Order and reasons: docs/decisions/0003-servers-without-docker.md.
 *
 * @throws Error that lists every way with what spoke against it.
 */
export function chooseRunner(binary: string, folder: string): Runner {
  const refused: string[] = [];
  for (const runner of runners()) {
    const objection = runner === direct ? undefined : probe(runner, binary, folder);
    if (objection === undefined) return runner;
    refused.push(`- ${runner.name}: ${objection}`);
  }
  const who = isRoot() ? 'root' : `user ${process.getuid?.()}, who has no entry in /etc/passwd`;
  throw new Error(
    `PostgreSQL can't run as ${who}, and no other way works here:\n${refused.join('\n')}\n` +
      `Run this as an ordinary user, or set DATABASE_URL to a PostgreSQL server of your own.`,
  );
}

/** The ways there are for this user, best first. */
export function runners(): Runner[] {
  const nobody = idsOfNobody();
  if (isRoot()) return [byNamespace(nobody), byCapability(nobody), bySwitch(nobody)];
  return hasName() ? [direct] : [byNamespace(nobody)];
}

const isRoot = (): boolean => process.getuid?.() === 0;

// Inside the namespace we are nobody, outside still ourselves:
// files keep their owner, closed folders stay closed.
const byNamespace = ({ uid, gid }: Ids): Runner => ({
  name: 'user namespace',
  prefix: ['unshare', '--user', `--map-user=${uid}`, `--map-group=${gid}`, '--'],
  owner: { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 },
});

// Containers forbid namespaces but leave root this capability. access(2) ignores it unless no_setuid_fixup is
// set, and PostgreSQL looks for its own binaries with access(2).
const byCapability = ({ uid, gid }: Ids): Runner => ({
  name: 'nobody with CAP_DAC_OVERRIDE',
  prefix: [
    'setpriv',
    `--reuid=${uid}`,
    `--regid=${gid}`,
    '--clear-groups',
    '--inh-caps=-all,+dac_override',
    '--ambient-caps=-all,+dac_override',
    '--bounding-set=-all,+dac_override',
    '--securebits=+no_setuid_fixup',
    '--',
  ],
  owner: { uid, gid },
});

const bySwitch = ({ uid, gid }: Ids): Runner => ({
  name: 'nobody',
  prefix: [],
  uid,
  gid,
  owner: { uid, gid },
});

interface Ids {
  readonly uid: number;
  readonly gid: number;
}

function idsOfNobody(): Ids {
  const entry = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'));
  return { uid: Number(entry?.[1] ?? 65534), gid: Number(entry?.[2] ?? 65534) };
}

function hasName(): boolean {
  try {
    userInfo();
    return true;
  } catch {
    return false;
  }
}

/** What initdb and postgres will ask: not root, a name, an executable binary, a folder to write to. */
const questions = `
[ "$(id -u)" != 0 ] || { echo 'still root'; exit 1; }
id -un >/dev/null || exit 1
: >"$2/file" || exit 1
exec "$1" --version`;

/** What speaks against this way here; undefined when nothing does. */
export function probe(runner: Runner, binary: string, folder: string): string | undefined {
  const scratch = mkdtempSync(join(folder, 'probe-'));
  try {
    giveTo(runner, scratch);
    const objection = runQuestions(runner, binary, scratch);
    // We must be able to read the server's files in turn.
    if (objection === undefined) readFileSync(join(scratch, 'file'));
    return objection;
  } catch (error) {
    return error instanceof Error ? error.message : String(error); // A container may take even chown from root.
  } finally {
    if (runner.owner) lchownSync(scratch, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
    rmSync(scratch, { recursive: true });
  }
}

function runQuestions(runner: Runner, binary: string, scratch: string): string | undefined {
  const [file, ...args] = [...runner.prefix, '/bin/sh', '-c', questions, 'sh', binary, scratch] as const;
  const ids = {
    ...(runner.uid !== undefined && { uid: runner.uid }),
    ...(runner.gid !== undefined && { gid: runner.gid }),
  };
  const { error, status, signal, stdout, stderr } = spawnSync(file, args, {
    encoding: 'utf8',
    cwd: '/',
    ...ids,
  });
  if (error) return error.message;
  return status === 0 ? undefined : (stderr || stdout).trim() || `ended with ${signal ?? status}`;
}

/**
 * Hands `path` and what is in it over to whom the runner
 * runs as; an earlier start may have run as somebody else.
 */
export function giveTo(runner: Runner, path: string): void {
  if (!runner.owner) return;
  const { uid, gid } = runner.owner;
  const stat = lstatSync(path);
  if (stat.isDirectory()) for (const name of readdirSync(path)) giveTo(runner, join(path, name));
  if (stat.uid !== uid || stat.gid !== gid) lchownSync(path, uid, gid);
}
