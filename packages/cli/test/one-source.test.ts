// What is listed in more than one place says the same as its
// source: settings, roles, and the packages of the images.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { configSchema, roles } from '@ml-training/core';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');
const sorted = (names: Iterable<string>): string[] => [...names].sort();
/** What `pattern` captures, wherever it matches. */
const all = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(new RegExp(pattern, 'gm'))].map((match) => match[1]!);

const compose = read('docker-compose.yml');
/** A top-level or service block of docker-compose.yml, from its name to the next line that is no deeper. */
function block(name: string, indent: string): string {
  const found = new RegExp(`^${indent}${name}:.*\\n(?:${indent} .*\\n|\\s*\\n)*`, 'm').exec(compose);
  if (found === null) throw new Error(`docker-compose.yml has no ${name}`);
  return found[0];
}

test('docker-compose.yml passes every setting of the schema on, and no other', () => {
  expect(sorted(all(block('x-settings', ''), /^ {2}(\w+):/))).toEqual(sorted(Object.keys(configSchema)));
});

describe('the roles of packages/core/src/service/beat.ts are', () => {
  test('the folders of services/, each of which runs as its role', () => {
    expect(sorted(readdirSync(path.join(root, 'services')))).toEqual(sorted(roles));
    for (const role of roles) expect(read(`services/${role}/src/main.ts`)).toContain(`runService('${role}'`);
  });

  test('the services that docker-compose.yml builds, each of its own target and with the settings', () => {
    const built = all(compose, /^ {4}build: \{.* target: (\w+) \}$/);
    // What prepares the others runs in the smallest image.
    expect(sorted(built)).toEqual(sorted([...roles, 'scheduler']));
    for (const role of roles) {
      expect(block(role, '  ')).toContain('<<: *service\n');
      expect(block(role, '  ')).toContain(`target: ${role} }\n    image: ml-training/${role}\n`);
    }
    expect(block('x-service', '')).toContain('environment: *settings\n');
  });

  test.each([
    ['infra/prometheus/prometheus.yml', /- names: \[(.*)\]/],
    ['infra/setup/image-sizes.mjs', /^const roles = \[(.*)\];/],
  ])('those of %s', (file, list) => {
    const [names = ''] = all(read(file), list);
    expect(sorted(names.replaceAll("'", '').split(', '))).toEqual(sorted(roles));
  });
});

interface Stage {
  readonly from: string;
  readonly text: string;
}
const stages = new Map<string, Stage>(
  read('infra/Dockerfile')
    .split(/^(?=FROM )/m)
    .flatMap((text): [string, Stage][] => {
      const [, from, name] = /^FROM (\S+) AS (\S+)/.exec(text) ?? [];
      return from === undefined || name === undefined ? [] : [[name, { from, text }]];
    }),
);
/** A stage's instructions with those of the stages it builds on. */
function instructions(name: string): string {
  const stage = stages.get(name);
  return stage === undefined ? '' : instructions(stage.from) + stage.text;
}

/** A workspace's folder and those of the packages it needs in production, and they in turn. */
function needed(folder: string, seen = new Set<string>()): Set<string> {
  if (seen.has(folder)) return seen;
  seen.add(folder);
  const { dependencies = {} } = JSON.parse(read(`${folder}/package.json`)) as {
    dependencies?: Record<string, string>;
  };
  for (const name of Object.keys(dependencies))
    if (name.startsWith('@ml-training/')) needed(name.replace('@ml-training/', 'packages/'), seen);
  return seen;
}

describe('infra/Dockerfile', () => {
  test('knows the manifests of all that any image installs, and no other', () => {
    // The trainer's image has the ml command, too.
    const wanted = [...roles.map((role) => `services/${role}`), 'packages/cli'].flatMap((one) => [
      ...needed(one),
    ]);
    const copied = all(stages.get('manifests')!.text, /^COPY ((?:packages|services)\/\w+)\/package\.json /);
    expect(sorted(copied)).toEqual(sorted(new Set(wanted)));
  });

  test.each([...roles])('installs what %s needs, and copies its sources', (role) => {
    const text = instructions(role);
    const installed = all(text, /^COPY --from=(\S+) \/app \/app/).flatMap((stage) =>
      all(instructions(stage), /--filter '@ml-training\/(\w+)\.\.\.'/),
    );
    expect(installed).toContain(role);
    const sources = all(text, /^COPY ((?:packages|services)(?:\/\w+)?) /);
    const missing = [...needed(`services/${role}`)].filter(
      (folder) => !sources.includes(folder) && !sources.includes(path.dirname(folder)),
    );
    expect(missing).toEqual([]);
  });
});
