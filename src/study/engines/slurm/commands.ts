import { execFile } from 'node:child_process';
import { ReparamError } from '../../../errors.js';

/** What a command of Slurm said. */
export interface Answer {
  readonly ok: boolean;
  readonly output: string;
  /** In the command's own words, one line, without its name in front. */
  readonly problem: string;
}

const longestAnswer = 64 * 2 ** 20;
/** Of a command that gets no answer from the controller. */
const patience = 120_000;

function problemOf(errors: string, fallback: string): string {
  const lines = errors.split('\n').map((line) => line.trim());
  const last = lines.filter((line) => line !== '').at(-1) ?? fallback;
  return last.replace(/^\w+: (?:(?:error|fatal): )?/, '');
}

/**
 * Runs a command of Slurm.
 * @throws ReparamError (environment) where there is no such command.
 */
export function slurm(command: string, args: readonly string[]): Promise<Answer> {
  const options = { maxBuffer: longestAnswer, timeout: patience, encoding: 'utf8' } as const;
  return new Promise((resolve, reject) => {
    execFile(command, args, options, (error, output, errors) => {
      if (error?.code === 'ENOENT') {
        const details = { hint: "use --engine local, or log in to a machine of the cluster's" };
        const message = `${command} is not installed here: a study runs on Slurm only where Slurm's commands are`;
        reject(new ReparamError('environment', message, details));
      } else {
        const problem = error === null ? '' : problemOf(errors, error.message);
        resolve({ ok: error === null, output, problem });
      }
    });
  });
}
