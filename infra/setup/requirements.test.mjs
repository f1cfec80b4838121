import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { missing } from './requirements.mjs';

/** A machine with everything, but for what is given. */
const machine = ({ without = [], python = '3 13\n', ...given }) => ({
  node: '20.19.2',
  answers: (command, args) => {
    const what = args.includes('pip') ? 'pip' : command;
    if (without.includes(what)) return null;
    return what === 'python3' ? python : 'some 1.0';
  },
  mac: false,
  reachesArchive: async () => false,
  hasRuntimes: false,
  ...given,
});
const compilers = ['g++', 'c++', 'clang++'];

describe('what a machine lacks is said with what to do', () => {
  test.each([
    ['nothing', {}, []],
    ['Node', { node: '18.20.4' }, [/^Node 20 or later is needed; this is 18\.20\.4\. .*nodejs\.org/]],
    [
      'Python',
      { without: ['python3', 'pip'] },
      [/no python3; on Debian: apt-get install python3 python3-pip$/],
    ],
    ['a newer Python', { python: '3 6\n' }, [/^Python 3\.8 or later is needed; python3 is 3\.6$/]],
    ['pip', { without: ['pip'] }, [/^pip is needed, .*apt-get install python3-pip$/]],
    ['a compiler', { without: compilers }, [/no g\+\+; on Debian: apt-get install g\+\+$/]],
    ['two things', { without: ['pip', ...compilers] }, [/^pip/, /^A C\+\+ compiler/]],
    ['things on a Mac', { mac: true, without: ['pip'] }, [/xcode-select --install$/]],
    ['g++, but has clang++', { without: ['g++', 'c++'] }, []],
    ['a compiler that nothing needs', { without: compilers, reachesArchive: async () => true }, []],
    ['what is fetched already', { without: ['python3', 'pip', ...compilers], hasRuntimes: true }, []],
  ])('%s', async (_, given, expected) => {
    const problems = await missing(machine(given));
    expect(problems).toHaveLength(expected.length);
    for (const [i, pattern] of expected.entries()) expect(problems[i]).toMatch(pattern);
  });
});

describe('in a checkout where nothing is installed', () => {
  const copy = mkdtempSync(path.join(tmpdir(), 'checkout-'));
  afterAll(() => rmSync(copy, { recursive: true }));
  cpSync(import.meta.dirname, path.join(copy, 'infra/setup'), { recursive: true });
  const bin = path.join(copy, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, path.join(bin, 'node'));
  const script = (name) =>
    spawnSync('node', [`infra/setup/${name}.mjs`], { cwd: copy, env: { PATH: bin }, encoding: 'utf8' });

  test.each(['start', 'test'])('npm %s says what is missing before it fetches anything', (name) => {
    const { status, stderr } = script(name);
    expect(status).toBe(1);
    // package.json, which names the package manager, isn't even read.
    expect(stderr).toMatch(/^Python 3 with pip is needed, and there is no python3/);
    expect(stderr).not.toMatch(/Installing|package\.json|\n {4}at /);
  });

  test('ml says what to run first', () => {
    const { status, stderr } = script('ml');
    expect(status).toBe(1);
    expect(stderr).toMatch(/^This checkout is not set up yet: run "npm start"/);
  });
});
