import { Presets, SingleBar } from 'cli-progress';

export interface Progress {
  update(done: number, total: number): void;
  stop(): void;
}

const silent: Progress = { update() {}, stop() {} };

/** A bar on stderr while somebody is watching, nothing otherwise. */
export function progress(label: string, quiet = false): Progress {
  if (quiet || !process.stderr.isTTY) return silent;
  const bar = new SingleBar(
    {
      format: `${label} {bar} {value}/{total}`,
      stream: process.stderr,
      hideCursor: true,
      clearOnComplete: true,
      barsize: 30,
    },
    Presets.shades_classic,
  );
  let started = false;
  return {
    update(done, total) {
      if (!started) bar.start(total, done);
      started = true;
      bar.setTotal(total);
      bar.update(done);
    },
    stop() {
      if (started) bar.stop();
    },
  };
}

/** One bar after the other, for work that has stages. */
export function stagedProgress(quiet = false) {
  let bar = silent;
  let current = '';
  return {
    update(stage: string, done: number, total: number): void {
      if (stage !== current) {
        bar.stop();
        bar = progress(stage, quiet);
        current = stage;
      }
      bar.update(done, total);
    },
    stop(): void {
      bar.stop();
    },
  };
}
