import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { studyText } from '../../cli/ui/study-text.js';
import { writeReports } from '../../src/study/report/index.js';
import { conclusions } from '../../src/study/report/sentences.js';
import { type StudyTable, studyTable } from '../../src/study/table.js';
import { problemsOf } from '../report/well-formed.js';
import { epochRecord, resultOf, studyOf, taskIn, writeRun } from './samples.js';

let folder = '';
let table: StudyTable;
const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
const methods = ['baseline', 'acb', 'sgs'];
const tasks = () =>
  [0, 1, 2].flatMap((seed) => methods.map((method) => taskIn(folder, method, seed, 12)));

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'study-'));
  mkdirSync(join(folder, 'runs'));
  for (const task of tasks()) {
    const { method, seed } = task;
    if (method === 'sgs' && seed === 2) continue;
    const failed = method === 'sgs' && seed === 1;
    const gain = method === 'acb' ? 0.02 : 0;
    const noise = [0, 0.013, -0.006, 0.004][(seed * 2 + methods.indexOf(method)) % 4] ?? 0;
    const epochs = Array.from({ length: failed ? 3 : 12 }, (_, i) => {
      const valAccuracy = 0.72 + gain + noise - 0.5 * Math.exp(-(i + 1) / 3);
      const trainLoss = 0.6 - gain - noise + 1.7 * Math.exp(-(i + 1) / 4);
      return epochRecord(i + 1, { valAccuracy, trainLoss });
    });
    const problem = failed ? 'the loss is <NaN> | at step 31' : null;
    writeRun(task, { state: failed ? 'failed' : 'finished', problem }, epochs);
  }
  table = await writeReports(folder, studyOf(), tasks());
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the reports', () => {
  it('are three files, and nothing is left beside them', () => {
    const files = readdirSync(folder).filter((name) => !['runs', 'logs'].includes(name));
    expect(files.sort()).toEqual(['report.html', 'report.json', 'report.md']);
  });

  it('show failed and waiting runs, counted and with their reasons', () => {
    const counted = '7 of 9 runs finished, 1 failed, 1 waiting';
    const row = '1 of 3 (1 failed, 1 waiting)';
    for (const text of [file('report.md'), file('report.html'), studyText(table)]) {
      expect(text).toContain(counted);
      expect(text).toContain(row);
      expect(text).toContain('small-sgs-seed2');
    }
    expect(file('report.md')).toContain('failed: the loss is \\<NaN\\> \\| at step 31');
    expect(file('report.html')).toContain('failed: the loss is &lt;NaN&gt; | at step 31');
    expect(studyText(table)).toContain('small-sgs-seed1 failed: the loss is <NaN> | at step 31');
  });

  it('say what the differences are worth', () => {
    const { difference } = table.groups[0]!.rows[1]!;
    const inside = difference!.p! >= 0.05;
    const text = studyText(table);
    expect(text.includes('inside the noise')).toBe(inside);
    expect(text).toContain('3 seeds can show little');
    // t of 95 % with 2 degrees of freedom, over the root of 3.
    expect(text).toContain('from 2.5 times its standard deviation');
  });

  it.each([
    ['one seed', [0.7], 'takes two seeds'],
    ['the same in both seeds', [0.7, 0.6], 'leaves nothing to test'],
    ['something else in each', [0.7, 0.9], 'inside the noise'],
  ])('say what can be told of %s', (_, accuracies, expected) => {
    const before = expected === 'inside the noise' ? accuracies.map(() => 0.7) : accuracies;
    const both = accuracies.flatMap((accuracy, seed) => [
      resultOf('baseline', seed, [before[seed]!]),
      resultOf('acb', seed, [accuracy]),
    ]);
    const [group] = studyTable(studyOf(), both).groups;
    expect(conclusions(group!, 'baseline').join(' ')).toContain(expected);
  });

  it('are Markdown whose tables are whole', () => {
    const text = file('report.md');
    const tables = text.split('\n\n').filter((part) => part.startsWith('|'));
    expect(tables).toHaveLength(2);
    for (const part of tables) {
      const bars = part.split('\n').map((line) => line.replaceAll('\\|', '').split('|').length);
      expect(new Set(bars).size).toBe(1);
    }
    expect(text).toContain('````yaml\nname: a <small> study\n');
    expect(text).toContain('# a \\<small\\> study');
    expect(text).not.toContain('undefined');
    expect(text).not.toContain('NaN %');
  });

  it('are JSON that holds every number', () => {
    const json = JSON.parse(file('report.json'));
    expect(json.runs).toEqual(table.runs);
    expect(json.groups.map(({ rows }: { rows: unknown }) => rows)).toEqual(
      table.groups.map(({ rows }) => rows),
    );
    expect(json.study.source).toBe(studyOf().source);
    expect(json.made.version).toMatch(/^\d+\.\d+\.\d+/);
  });

  it('are a well-formed page that loads nothing', () => {
    const page = file('report.html');
    expect(problemsOf(page)).toEqual([]);
    expect(page).not.toMatch(/<script|https?:/);
    expect(page).toContain('a &lt;small&gt; study');
  });

  it('are the same for the same runs', async () => {
    const before = file('report.html');
    await writeReports(folder, studyOf(), tasks());
    expect(file('report.html')).toBe(before);
  });

  it('can be made before anything has begun', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'study-'));
    const none = await writeReports(empty, studyOf(), [taskIn(empty, 'acb', 0)]);
    expect(none.groups[0]!.rows[0]).toMatchObject({ last: null, counts: { waiting: 1 } });
    expect(problemsOf(readFileSync(join(empty, 'report.html'), 'utf8'))).toEqual([]);
    rmSync(empty, { recursive: true });
  });
});

const executablePath = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path) => existsSync(path));
const reason = executablePath ? '' : ' (skipped: no Chromium at any usual path)';

describe.skipIf(!executablePath)(`in a browser${reason}`, () => {
  it('the page fits every size in every colour, and draws a curve for each method', async () => {
    const browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox'],
    });
    try {
      const page = await browser.newPage();
      const complaints: string[] = [];
      page.on('console', (message) => complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      const colors = new Set<unknown>();
      for (const width of [1280, 390]) {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.setViewportSize({ width, height: 800 });
          await page.emulateMedia({ colorScheme });
          await page.goto(pathToFileURL(join(folder, 'report.html')).href);
          const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
          expect(overflow, `${width} px`).toBeLessThanOrEqual(0);
          colors.add(
            await page.evaluate("getComputedStyle(document.querySelector('.line')).stroke"),
          );
        }
      }
      expect(colors.size).toBe(2);
      expect(await page.locator('svg.curves').count()).toBe(4);
      expect(await page.locator('svg.curves path.line').count()).toBe(12);
      const box = await page.locator('svg.curves').first().boundingBox();
      expect(box?.height).toBeGreaterThan(100);
      expect(complaints).toEqual([]);
    } finally {
      await browser.close();
    }
  });
});
