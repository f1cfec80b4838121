// Writes docs/reference/api.md, or with --print prints it; run by `npm run docs`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from './document.ts';
import { apiReference } from './markdown.ts';

const file = path.resolve(import.meta.dirname, '../../../docs/reference/api.md');
const options = { ...(await resolveConfig(file)), parser: 'markdown' };
const text = await format(apiReference(await openApiDocument()), options);
if (process.argv.includes('--print')) process.stdout.write(text);
else writeFileSync(file, text);
