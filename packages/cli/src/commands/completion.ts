import { builtInTypes } from '@ml-training/core';
import { ownFolders } from '../own-strategies.ts';
import { givenEnvironment } from '../settings.ts';
import type { Command } from 'commander';
import { print } from '../output.ts';

export type Shell = 'bash' | 'zsh' | 'fish';

interface Completed {
  readonly name: string;
  readonly description: string;
  readonly options: readonly { readonly name: string; readonly description: string }[];
  /** Words for what comes after the command; null for files. */
  readonly words: readonly string[] | null;
}

/** Prints a script for the shell, made of the program itself. */
export function completion(program: Command, shell: Shell): void {
  print(scripts[shell](completed(program)));
}

/** What can be completed, in the order of the help. */
function completed(program: Command): Completed[] {
  return program
    .createHelp()
    .visibleCommands(program)
    .map((command) => ({
      name: command.name(),
      description: command.description(),
      options: command
        .createHelp()
        .visibleOptions(command)
        .map(({ long, short, description }) => ({ name: long ?? short ?? '', description })),
      words: wordsOf(command),
    }));
}

function wordsOf(command: Command): readonly string[] | null {
  const [first] = command.registeredArguments;
  if (first === undefined) return [];
  if (first.argChoices !== undefined) return first.argChoices;
  if (first.name() === 'strategy') return [...builtInTypes, ...ownFolders(folders())];
  return first.name() === 'file' ? null : [];
}

/** As they are when the script is printed; a shell that is started later knows later ones. */
const folders = () => ({ STRATEGIES_DIR: givenEnvironment()['STRATEGIES_DIR'] ?? 'strategies' });

const scripts: Readonly<Record<Shell, (commands: readonly Completed[]) => string>> = {
  bash: (commands) =>
    [
      '# eval "$(ml completion bash)", in ~/.bashrc',
      '_ml() {',
      '  local word=${COMP_WORDS[COMP_CWORD]}',
      '  if [ "$COMP_CWORD" = 1 ]; then',
      `    COMPREPLY=($(compgen -W ${quoted(commands.map(({ name }) => name).join(' '))} -- "$word"))`,
      '    return',
      '  fi',
      '  case ${COMP_WORDS[1]} in',
      ...commands.map(({ name, options, words }) => {
        const flags = options.map((option) => option.name);
        const all = quoted([...flags, ...(words ?? [])].join(' '));
        const files = words === null ? ' $(compgen -f -- "$word")' : '';
        return `  ${name}) COMPREPLY=($(compgen -W ${all} -- "$word")${files}) ;;`;
      }),
      '  esac',
      '}',
      'complete -o filenames -F _ml ml',
    ].join('\n'),
  zsh: (commands) =>
    [
      '#compdef ml',
      '# eval "$(ml completion zsh)", in ~/.zshrc after compinit',
      '_ml() {',
      '  if (( CURRENT == 2 )); then',
      '    local -a commands',
      `    commands=(${commands.map(({ name, description }) => quoted(`${name}:${description.replaceAll(':', '\\:')}`)).join(' ')})`,
      "    _describe 'command' commands",
      '    return',
      '  fi',
      '  case ${words[2]} in',
      ...commands.map(({ name, options, words }) => {
        const flags = options.map((option) =>
          quoted(`${option.name}:${option.description.replaceAll(':', '\\:')}`),
        );
        const others = words === null ? '_files' : `compadd -- ${words.map(quoted).join(' ')}`;
        return `  ${name}) local -a flags; flags=(${flags.join(' ')}); _describe 'option' flags; ${others} ;;`;
      }),
      '  esac',
      '}',
      'compdef _ml ml',
    ].join('\n'),
  fish: (commands) =>
    [
      '# ml completion fish > ~/.config/fish/completions/ml.fish',
      'complete -c ml -f',
      ...commands.flatMap(({ name, description, options, words }) => {
        const after = `complete -c ml -n '__fish_seen_subcommand_from ${name}'`;
        return [
          `complete -c ml -n __fish_use_subcommand -a ${quoted(name)} -d ${quoted(description)}`,
          ...options.map(
            (option) =>
              `${after} -l ${quoted(option.name.replace(/^-+/, ''))} -d ${quoted(option.description)}`,
          ),
          ...(words === null
            ? [`${after} -F`]
            : words.length > 0
              ? [`${after} -a ${quoted(words.join(' '))}`]
              : []),
        ];
      }),
    ].join('\n'),
};

/** A word for a shell, whatever is in it. */
const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
