import { execFileSync } from 'node:child_process';
import type { Check, Documentation } from './check.js';
import { shellCommands } from './pages.js';

/** Prints the help of the program, or of one of its commands (`runs`, `sgs show`). */
export type Help = (command?: string) => string;

export const helpOf =
  (program: string): Help =>
  (command) =>
    execFileSync(process.execPath, [program, ...(command ? command.split(' ') : []), '--help'], {
      encoding: 'utf8',
    });

/** Every `reparam COMMAND --option` in a shell block is one that the program's help lists. */
export const checkCommandLine =
  (help: Help): Check =>
  ({ pages }: Documentation) => {
    const options = new Map(commandsIn(help()).map((name) => [name, allOptions(help, name)]));
    options.set('', optionsIn(help()));
    return pages.flatMap((page) =>
      calls(page.text)
        .flatMap((call) => faults(call, options))
        .map((fault) => `${page.path}: ${fault}`),
    );
  };

/** Options of a command and of those below it. */
function allOptions(help: Help, command: string): Set<string> {
  const text = help(command);
  const below = commandsIn(text).filter((name) => name !== 'help');
  const theirs = below.flatMap((name) => [...optionsIn(help(`${command} ${name}`))]);
  return new Set([...optionsIn(text), ...theirs]);
}

/** The words after `reparam` in each call of it, be it through npx or not. */
const calls = (text: string): string[][] =>
  shellCommands(text)
    .map((command) => command.split(' '))
    .filter((words) => words.slice(0, 2).includes('reparam'))
    .map((words) => words.slice(words.indexOf('reparam') + 1));

function faults(call: string[], options: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  const [first = ''] = call;
  const command = first.startsWith('-') || first === 'help' ? '' : first;
  const known = options.get(command);
  if (!known) return [`'reparam ${command}' is no command`];
  return call
    .filter((word) => /^--?[a-zA-Z]/.test(word))
    .map((word) => word.split('=')[0] ?? '')
    .filter((option) => !known.has(option))
    .map((option) => `'reparam ${command}' has no option ${option}`);
}

const section = (help: string, title: string): string =>
  help.match(new RegExp(`^${title}:\\n((?: .*\\n|\\n(?= ))*)`, 'm'))?.[1] ?? '';

const commandsIn = (help: string): string[] =>
  [...section(help, 'Commands').matchAll(/^ {2}(\w[\w-]*)/gm)].map(([, name = '']) => name);

const optionsIn = (help: string): Set<string> =>
  new Set(section(help, 'Options').match(/(?<=^ {2}|, )--?[a-zA-Z][\w-]*/gm));
