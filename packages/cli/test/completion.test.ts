// The scripts in the shells they are for; a shell that isn't here is skipped, and its test says so.
import { execFileSync, spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { completion } from '../src/commands/completion.ts';
import { createProgram } from '../src/program.ts';

function script(shell: 'bash' | 'zsh' | 'fish'): string {
  const parts: string[] = [];
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (text) => parts.push(String(text)) > 0;
  try {
    completion(createProgram(), shell);
  } finally {
    process.stdout.write = write;
  }
  return parts.join('');
}

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;
const inShell = (shell: string, text: string): string[] =>
  execFileSync(shell, ['-c', text], { encoding: 'utf8' }).trim().split(/\s+/);

(has('bash') ? test : test.skip)(
  'bash completes commands, options and strategies (skipped without bash)',
  () => {
    const complete = (...words: string[]): string[] =>
      inShell(
        'bash',
        `${script('bash')}\nCOMP_WORDS=(ml ${words.join(' ')}); COMP_CWORD=${words.length}; _ml; echo "\${COMPREPLY[@]}"`,
      );
    expect(complete('roll')).toEqual(['rollback']);
    expect(complete('train', 'l')).toEqual(['lstm']);
    expect(complete('cleanup', '--d')).toEqual(['--dry-run']);
  },
);

(has('fish') ? test : test.skip)('fish completes them, too (skipped without fish)', () => {
  const complete = (line: string): string[] =>
    inShell('fish', `${script('fish')}\ncomplete -C '${line}'`).map((word) => word.split('\t')[0]!);
  expect(complete('ml train l')).toContain('lstm');
  expect(complete('ml cleanup --dr')).toContain('--dry-run');
});

(has('zsh') ? test : test.skip)('zsh takes the script (skipped without zsh)', () => {
  const said = inShell('zsh', `autoload -U compinit; compinit -u -D\n${script('zsh')}\necho $_comps[ml]`);
  expect(said).toEqual(['_ml']);
});
