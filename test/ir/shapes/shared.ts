import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** Real models next to the project; a user does not have them. */
export const sharedFolder = resolve(import.meta.dirname, '../../../../shared');

/** Unpacks an archive into a temporary folder, or returns null when there is none (or no tar that reads it). */
export function unpack(archive: string): { path: string; remove(): void } | null {
  const file = join(sharedFolder, archive);
  if (!existsSync(file)) return null;
  const path = mkdtempSync(join(tmpdir(), 'shapes-'));
  const remove = () => rmSync(path, { recursive: true, force: true });
  try {
    execFileSync('tar', ['-xJf', file, '-C', path], { stdio: 'ignore' });
    return { path, remove };
  } catch {
    remove();
    return null;
  }
}
