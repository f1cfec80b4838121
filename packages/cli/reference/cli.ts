import { exitCodes } from '../src/exit-codes.ts';
import { jsonShapes, type Shape } from '../src/json-shapes.ts';
import { createProgram } from '../src/program.ts';

/** docs/reference/cli.md, from the program itself. */
export function cliReference(): string {
  const program = createProgram();
  const commands = program
    .createHelp()
    .visibleCommands(program)
    .filter((command) => command.name() !== 'help');
  const parts = [
    '# The ml command',
    '',
    '<!-- Made from packages/cli/src/program.ts by "npm run docs"; a test fails when it is stale. -->',
    '',
    'In a checkout `npm run -s ml -- COMMAND`, in a container `docker compose exec trainer ml COMMAND`. Servers and settings are those of the',
    "environment and `.env`, or of the fleet that `npm start` runs in the checkout; for compose's from the machine itself see",
    '[operating](../operations.md#bots). Colours and lines that replace themselves are for terminals only; what is printed elsewhere is plain text.',
    '',
    `Exit codes: ${exitCodes.ok}, it was done; ${exitCodes.failed}, it was not done, what was asked for can't be, or what it looked at is not as it should be (a job failed, a`,
    `finding of the doctor); ${exitCodes.wrongSettings}, a setting is wrong and nothing was tried. Errors go to standard error.`,
    '',
    'With `--json` standard output is JSON and nothing else. Times are ISO 8601 in UTC. New fields may come; those shown stay.',
    '',
    '| command | what it does |',
    '| --- | --- |',
    ...commands.map(
      (command) => `| [ml ${command.name()}](#ml-${command.name()}) | ${cell(command.description())} |`,
    ),
  ];
  for (const command of commands) {
    const help = command.createHelp();
    parts.push('', `## ml ${command.name()}`, '', sentence(command.description()), '');
    parts.push('```', help.commandUsage(command), '```');
    const rows = [
      ...help.visibleArguments(command).map((one) => [one.name(), one.description]),
      ...help
        .visibleOptions(command)
        .filter(({ long }) => long !== '--help')
        .map((one) => [
          one.flags,
          one.defaultValue === undefined
            ? one.description
            : `${one.description}; ${String(one.defaultValue)} when left out`,
        ]),
    ];
    if (rows.length > 0)
      parts.push(
        '',
        '| argument | meaning |',
        '| --- | --- |',
        ...rows.map(([name = '', meaning = '']) => `| \`${cell(name)}\` | ${cell(meaning)} |`),
      );
    for (const [name, shape] of Object.entries(jsonShapes)) {
      const [first, verb] = name.split(' ');
      if (first !== command.name()) continue;
      const given = verb === undefined ? 'With `--json`:' : `With \`${verb}\` and \`--json\`:`;
      parts.push('', given, '', '```text', drawn(shape, ''), '```');
    }
  }
  return `${parts.join('\n')}\n`;
}

/** A shape as people write JSON, with what each field is in the place of its value. */
function drawn(shape: Shape, indent: string): string {
  if (typeof shape === 'string') return shape;
  const inner = `${indent}  `;
  if (isList(shape)) return `[${drawn(shape[0], indent)}, …]`;
  const fields = Object.entries(shape).map(([name, field]) => `${inner}${name}: ${drawn(field, inner)}`);
  return `{\n${fields.join('\n')}\n${indent}}`;
}

const isList = (shape: Shape): shape is readonly [Shape] => Array.isArray(shape);
const cell = (text: string): string => text.replaceAll('|', '\\|');
const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
