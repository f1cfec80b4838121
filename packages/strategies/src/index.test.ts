import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { loadStrategy, builtInTypes } from './index.ts';

test.each(builtInTypes)('loadStrategy gives the strategy %s', async (type) => {
  const strategy = await loadStrategy(type);
  expect(strategy.type).toBe(type);
  expect(strategy.scope).toBe({ ensemble: 'all', lstm: 'symbol', rl: 'symbol' }[type]);
});

test('neither the package nor a strategy brings native libraries before they are used', () => {
  const index = new URL('./index.ts', import.meta.url).href;
  const script = `
    import { createRequire } from 'node:module';
    const { loadStrategy } = await import('${index}');
    const files = () => Object.keys(createRequire('${index}').cache);
    const loaded = () => files().filter((file) => /tfjs-node|koffi/.test(file)).length;
    await loadStrategy('ensemble');
    const before = loaded();
    (await import('@ml-training/native')).loadLightGbm();
    console.log(before, loaded() > 0);
  `;
  const cwd = fileURLToPath(new URL('.', import.meta.url));
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd,
    encoding: 'utf8',
  });
  expect(out.trim()).toBe('0 true');
});
