import { rmSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import type { Device } from './devices.js';
import { type Placement, readPlacement } from './placement.js';

/** The profile that onnxruntime keeps of the first run of one session. */
export interface Profile {
  /** Where onnxruntime writes it; the time and `.json` are appended. */
  readonly prefix: string;
  /** Ends it after the first run, so that later ones cost nothing. */
  end(session: InferenceSession): void;
  /** What it says; null before its end, and when it cannot be read. */
  placement(): Promise<Placement | null>;
  /** Removes what is on the disk; for a session that is released or did not come about. */
  discard(): Promise<void>;
}

/** Those that lie on the disk now. */
const folders = new Set<string>();

function removeFolders(): void {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}

async function createFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'reparam-profile-'));
  // For sessions that nobody releases.
  if (folders.size === 0) process.once('exit', removeFolders);
  folders.add(folder);
  return folder;
}

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  folders.delete(folder);
  if (folders.size === 0) process.off('exit', removeFolders);
}

async function readOnlyFile(folder: string): Promise<string> {
  const [name] = await readdir(folder);
  return name === undefined ? '' : await readFile(join(folder, name), 'utf8');
}

/** Makes a private folder for the profile; it is gone at the latest when the process exits. */
export async function startProfile(device: Device): Promise<Profile> {
  const folder = await createFolder();
  let reading: Promise<Placement | null> | undefined;
  async function read(): Promise<Placement | null> {
    const text = await readOnlyFile(folder).catch(() => '');
    await removeFolder(folder);
    return readPlacement(text, device);
  }
  return {
    prefix: join(folder, 'profile'),
    end(session) {
      if (reading !== undefined) return;
      session.endProfiling();
      reading = read();
    },
    placement: async () => (await reading) ?? null,
    async discard() {
      await reading;
      await removeFolder(folder);
    },
  };
}
