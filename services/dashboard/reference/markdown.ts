import type { OpenApi, Operation, Schema } from './document.ts';

const methods = ['get', 'post', 'put', 'patch', 'delete'];

/** docs/reference/api.md. */
export function apiReference({ info, paths }: OpenApi): string {
  const operations = Object.entries(paths).flatMap(([path, byMethod]) =>
    methods.flatMap((method) => {
      const operation = byMethod[method];
      return operation === undefined ? [] : [{ path, method: method.toUpperCase(), operation }];
    }),
  );
  const groups = Map.groupBy(operations, ({ operation }) => operation.tags?.[0] ?? 'other');
  const parts = [
    '# The HTTP API',
    '',
    '<!-- Made from services/dashboard/src/schemas by "npm run docs"; a test fails when it is stale. -->',
    '',
    info.description,
    '',
    'The same as OpenAPI 3.1, to try out and to make clients of: `/api/docs` and `/api/docs/json` of ' +
      'the dashboard.',
    '',
    '| call | what it is for |',
    '| --- | --- |',
    ...operations.map(
      ({ path, method, operation }) => `| \`${method} ${shown(path)}\` | ${cell(operation.summary ?? '')} |`,
    ),
  ];
  for (const [tag, ofTag] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
    parts.push('', `## ${tag.charAt(0).toUpperCase()}${tag.slice(1)}`);
    for (const one of ofTag) parts.push('', ...operationText(one));
  }
  return `${parts.join('\n')}\n`;
}

const shown = (path: string): string => path.replace(/{(\w+)}/g, ':$1');

function operationText(of: { path: string; method: string; operation: Operation }): string[] {
  const { summary = '', description, parameters = [], requestBody, responses, security } = of.operation;
  const lines = [`### ${of.method} ${shown(of.path)}`, '', `${summary}.`];
  if (description !== undefined) lines.push('', description);
  if (security !== undefined) lines.push('', 'Changes something: needs the token.');
  if (parameters.length > 0)
    lines.push(
      '',
      '| parameter | in | what | meaning |',
      '| --- | --- | --- | --- |',
      ...parameters.map(
        ({ name, in: where, required, schema, description: meaning }) =>
          `| ${name}${required === true ? '' : ' (optional)'} | ${where} | ${cell(typeOf(schema))} | ` +
          `${cell(meaning ?? schema.description ?? '')} |`,
      ),
    );
  const body = requestBody?.content['application/json']?.schema;
  if (body !== undefined && Object.keys(body.properties ?? {}).length > 0)
    lines.push('', 'Body:', '', ...fields(body));
  for (const [status, response] of Object.entries(responses)) {
    const schema = Object.values(response.content ?? {})[0]?.schema;
    if (schema === undefined || !status.startsWith('2')) continue;
    lines.push('', `Answer ${status}:`, '', ...fields(schema));
  }
  return lines;
}

/** The fields of an object, those of objects within it under their paths. */
function fields(schema: Schema): string[] {
  const rows = rowsOf(schema, '');
  if (rows.length === 0)
    return [`${typeOf(schema)}${schema.description === undefined ? '' : `: ${schema.description}`}`];
  return ['| field | what | meaning |', '| --- | --- | --- |', ...rows];
}

function rowsOf(schema: Schema, prefix: string): string[] {
  if (schema.items !== undefined) return rowsOf(schema.items, `${prefix}[].`.replace('.[]', '[]'));
  const own = Object.entries(schema.properties ?? {});
  return own.flatMap(([name, field]) => {
    const optional = schema.required?.includes(name) === true ? '' : ' (optional)';
    const inner = objectIn(field);
    const below = inner === null ? [] : rowsOf(inner.schema, `${prefix}${name}${inner.list ? '[]' : ''}.`);
    return [
      `| ${prefix}${name}${optional} | ${cell(typeOf(field))} | ${cell(field.description ?? '')} |`,
      ...below,
    ];
  });
}

/** An object, or a list of them, or either or null. */
function objectIn(schema: Schema): { schema: Schema; list: boolean } | null {
  if (schema.properties !== undefined) return { schema, list: false };
  if (schema.items !== undefined) {
    const inner = objectIn(schema.items);
    return inner === null ? null : { schema: inner.schema, list: true };
  }
  const others = (schema.anyOf ?? []).filter((one) => one.type !== 'null');
  return others.length === 1 ? objectIn(others[0]!) : null;
}

/** A type in words. */
function typeOf(schema: Schema): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((one) => JSON.stringify(one)).join(' or ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.format === 'date-time') return 'time';
  if (schema.format !== undefined) return schema.format;
  const type = [schema.type ?? 'anything'].flat().join(' or ');
  const { minimum, maximum } = schema;
  const bounds =
    minimum !== undefined && maximum !== undefined
      ? ` from ${minimum} to ${maximum}`
      : minimum !== undefined
        ? ` from ${minimum}`
        : '';
  const fallback = schema.default === undefined ? '' : `, ${JSON.stringify(schema.default)} when left out`;
  return `${type}${bounds}${fallback}`;
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
