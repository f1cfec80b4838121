import { configSchema, fileSettings } from '@ml-training/core';

interface Spec {
  readonly default?: unknown;
  readonly desc?: string;
}

/** What stands for a default that says nothing by itself. */
const shown: Readonly<Record<string, string>> = {
  REDIS_URL: '(of REDIS\\_…)',
  DATABASE_URL: '(of POSTGRES\\_…)',
  TRAINING_SYMBOLS: '(all)',
  TRAINING_PARAMS: '{}',
  NEGATIVE_PRICES: '(none)',
  TUNE_EVERY: 'off',
  MAX_MODEL_AGE: 'off',
  MAX_BAR_AGE: 'off',
};

/** docs/reference/settings.md, from the schema that checks them. */
export function settingsReference(): string {
  return `# Settings

<!-- Made from packages/core/src/config/schema.ts by "npm run docs"; a test fails when it is stale. -->

From the environment or \`.env\`. A wrong value stops every service at once: exit code 2, and the variable, its value and what is
allowed. Those of the strategies, TRAINING_PARAMS, have [a page of their own](../settings.md).

**Secrets from files**, as Docker and Kubernetes hand them to containers: with \`REDIS_PASSWORD_FILE=/run/secrets/redis_password\` that
file's content is REDIS_PASSWORD, without the line break at its end. The same holds for ${listed(fileSettings)}.
A file that can't be read, or a setting that is given both ways, is a wrong setting. Files are read when a
process starts: after a change, start the services again.

| variable | default | meaning |
| --- | --- | --- |
${Object.entries<Spec>(configSchema)
  .map(([name, spec]) => `| ${name} | ${shown[name] ?? defaultOf(spec)} | ${spec.desc ?? ''} |`)
  .join('\n')}
`;
}

const listed = (names: readonly string[]): string =>
  `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

function defaultOf({ default: value }: Spec): string {
  if (value === '') return '(empty)';
  const text = Array.isArray(value) ? value.join(',') : String(value);
  return text.replaceAll('*', '\\*');
}
