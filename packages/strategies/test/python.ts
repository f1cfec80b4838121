import { execFileSync } from 'node:child_process';

/**
 * A Python that can import `modules`: the one $PYTHON names or
 * python3; null, with the reason printed, when there is none.
 */
export function findPython(modules: readonly string[]): string | null {
  const python = process.env['PYTHON'] ?? 'python3';
  try {
    execFileSync(python, ['-c', `import ${modules.join(', ')}`], { stdio: 'pipe' });
    return python;
  } catch {
    console.warn(`skipped: ${python} can't import ${modules.join(', ')}; set PYTHON to one that can`);
    return null;
  }
}
