import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const page = path.resolve(import.meta.dirname, '../src/page');

/**
 * The classes that a rule of a file begins with: what it styles by itself, and not within something of its
 * own.
 */
function ownClasses(file: string): Set<string> {
  const text = readFileSync(path.join(page, file), 'utf8').replaceAll(/\/\*.*?\*\//gs, '');
  const selectors = [...text.matchAll(/([^{}]+)\{/g)].flatMap(([, list]) => list!.split(','));
  return new Set(selectors.flatMap((selector) => /^\.([\w-]+)$/.exec(selector.trim())?.[1] ?? []));
}

test('no two screens style the same class: all of them are on the page at once', () => {
  const owners = new Map<string, string>();
  const twice: string[] = [];
  for (const file of globSync('screens/**/*.css', { cwd: page }))
    for (const name of ownClasses(file)) {
      const owner = owners.get(name);
      if (owner !== undefined) twice.push(`${name}: ${owner}, ${file}`);
      owners.set(name, file);
    }
  expect(owners.size).toBeGreaterThan(10);
  expect(twice).toEqual([]);
});
