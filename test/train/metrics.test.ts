import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import protobuf from 'protobufjs/light.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { crc32c } from '../../src/train/metrics/crc32c.js';
import { encodeEvent } from '../../src/train/metrics/event.js';
import { EventFile, MetricsFile, readMetrics } from '../../src/train/metrics/index.js';
import { tfRecord } from '../../src/train/metrics/record.js';
import { problemOf } from '../data/problems.js';

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'metrics-'));
  path = join(folder, 'metrics.jsonl');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('CRC-32C', () => {
  const ramp = Uint8Array.from({ length: 32 }, (_, i) => i);
  it.each([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['counting up', ramp, 0x46dd794e],
    ['counting down', ramp.toReversed(), 0x113fdb5c],
    ['nothing', new Uint8Array(0), 0],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
  ])('%s, as RFC 3720 has it', (_, bytes, crc) => {
    expect(crc32c(bytes)).toBe(crc);
  });
});

interface EventCase {
  readonly event: {
    readonly wallTime: number;
    readonly step: number;
    readonly fileVersion?: string;
    readonly start?: boolean;
    readonly scalars?: Readonly<Record<string, number>>;
  };
  readonly record: string;
}

it('records are those of TensorBoard, byte for byte', () => {
  const file = join(import.meta.dirname, '../../fixtures/train/events.json');
  const cases = JSON.parse(readFileSync(file, 'utf8')) as EventCase[];
  expect(cases.length).toBe(5);
  for (const { event, record } of cases) {
    const { scalars, ...rest } = event;
    const values = scalars === undefined ? {} : { scalars: new Map(Object.entries(scalars)) };
    const bytes = tfRecord(encodeEvent({ ...rest, ...values }));
    expect(Buffer.from(bytes).toString('hex')).toBe(record);
  }
});

const schema = protobuf.Root.fromJSON({
  nested: {
    Event: {
      oneofs: { what: { oneof: ['fileVersion', 'summary', 'sessionLog'] } },
      fields: {
        wallTime: { type: 'double', id: 1 },
        step: { type: 'int64', id: 2 },
        fileVersion: { type: 'string', id: 3 },
        summary: { type: 'Summary', id: 5 },
        sessionLog: { type: 'SessionLog', id: 7 },
      },
    },
    Summary: { fields: { value: { rule: 'repeated', type: 'Value', id: 1 } } },
    Value: { fields: { tag: { type: 'string', id: 1 }, simpleValue: { type: 'float', id: 2 } } },
    SessionLog: { fields: { status: { type: 'int32', id: 1 } } },
  },
});

/** What a file holds, read by another decoder. */
function eventsIn(file: string): Record<string, unknown>[] {
  const bytes = readFileSync(file);
  const events: Record<string, unknown>[] = [];
  for (let at = 0; at < bytes.length; ) {
    const length = Number(bytes.readBigUInt64LE(at));
    const type = schema.lookupType('Event');
    const message = type.decode(bytes.subarray(at + 12, at + 12 + length));
    const { wallTime, ...event } = type.toObject(message, { longs: Number });
    expect(Math.abs(wallTime - Date.now() / 1000)).toBeLessThan(60);
    events.push(event);
    at += length + 16;
  }
  return events;
}

describe('event files', () => {
  it('hold scalars by tag', () => {
    const file = new EventFile(join(folder, 'tensorboard'));
    file.scalars(1, { 'loss/train': 0.5, 'rate/learning': 0.25 });
    file.scalars(2 ** 40, { 'loss/train': Number.NaN });
    file.sync();
    file.close();
    expect(eventsIn(file.path)).toEqual([
      { fileVersion: 'brain.Event:2' },
      {
        step: 1,
        summary: {
          value: [
            { tag: 'loss/train', simpleValue: 0.5 },
            { tag: 'rate/learning', simpleValue: 0.25 },
          ],
        },
      },
      {
        step: 2 ** 40,
        summary: { value: [{ tag: 'loss/train', simpleValue: Number.NaN }] },
      },
    ]);
  });

  it('a resumed run begins a file that comes last and takes back later points', () => {
    const files = [null, 100, 50].map((afterStep) => {
      const file = new EventFile(folder, afterStep);
      file.close();
      return file.path;
    });
    expect([...files].sort()).toEqual(files);
    expect(readdirSync(folder).length).toBe(3);
    expect(files.map(eventsIn).map((events) => events.slice(1))).toEqual([
      [],
      [{ step: 101, sessionLog: { status: 1 } }],
      [{ step: 51, sessionLog: { status: 1 } }],
    ]);
  });
});

describe('metrics.jsonl', () => {
  const write = (afterStep: number, ...steps: number[]): void => {
    const file = new MetricsFile(path, afterStep);
    for (const step of steps) file.append({ step, loss: 1 / step, note: 'ü\n' });
    file.sync();
    file.close();
  };
  const steps = (): number[] => readMetrics(path).map(({ step }) => step);

  it('one object a line', () => {
    write(0, 1, 2);
    expect(readFileSync(path, 'utf8')).toBe(
      '{"step":1,"loss":1,"note":"ü\\n"}\n{"step":2,"loss":0.5,"note":"ü\\n"}\n',
    );
    expect(readMetrics(path)[1]).toEqual({ step: 2, loss: 0.5, note: 'ü\n' });
    expect(readMetrics(join(folder, 'b.jsonl'))).toEqual([]);
  });

  it('a resumed run cuts what came after its checkpoint', () => {
    write(0, 1, 2, 3, 4);
    const before = readFileSync(path, 'utf8');
    write(3, 4);
    expect(readFileSync(path, 'utf8')).toBe(before);
    write(9);
    expect(steps()).toEqual([1, 2, 3, 4]);
    write(1, 7);
    expect(steps()).toEqual([1, 7]);
    write(0, 1);
    expect(steps()).toEqual([1]);
  });

  it.each(['{"step":3,"lo', '{"step"', '{"step":3,"loss":\u0000\n', '\u0000\u0000'])(
    'a torn last line is left out and cut: %j',
    (torn) => {
      write(0, 1, 2);
      appendFileSync(path, torn);
      expect(steps()).toEqual([1, 2]);
      write(5, 6);
      expect(steps()).toEqual([1, 2, 6]);
    },
  );

  it.each(['null', '[]', '{"loss":1}', '{"step":"1"}', '{'])(
    'any other damaged line is named: %s',
    async (line) => {
      writeFileSync(path, `{"step":1}\n${line}\n{"step":2}\n`);
      expect(await problemOf(steps)).toBe(`${path} is damaged: line 2 is no record with a step`);
      expect(await problemOf(() => new MetricsFile(path, 2))).toContain('line 2');
    },
  );

  it('numbers that JSON does not have become null', () => {
    const file = new MetricsFile(path, 0);
    file.append({ step: 1, loss: Number.NaN });
    file.close();
    expect(readMetrics(path)).toEqual([{ step: 1, loss: null }]);
  });
});
