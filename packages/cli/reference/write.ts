// Writes docs/reference/cli.md, settings.md and tuning.md and docs/features.md, or with --print prints them; run by
// `npm run docs`.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { cliReference } from './cli.ts';
import { featuresPage } from './features.ts';
import { settingsReference } from './settings.ts';
import { tuningReference } from './tuning.ts';

const folder = path.resolve(import.meta.dirname, '../../../docs/reference');
mkdirSync(folder, { recursive: true });
for (const [name, text] of [
  ['cli.md', cliReference()],
  ['settings.md', settingsReference()],
  ['tuning.md', tuningReference()],
  ['../features.md', featuresPage()],
] as const) {
  const file = path.join(folder, name);
  const formatted = await format(text, { ...(await resolveConfig(file)), parser: 'markdown' });
  if (process.argv.includes('--print')) process.stdout.write(formatted);
  else writeFileSync(file, formatted);
}
