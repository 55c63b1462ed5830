import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verifyHtml } from '../../src/report/index.js';
import { gallery } from './samples.js';

const usualPaths = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

const executablePath = usualPaths.find((path) => existsSync(path));
const reason = executablePath ? '' : ' (skipped: no Chromium at any usual path)';

const viewports = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
];

const settings = viewports.flatMap((viewport) =>
  (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme })),
);

/** All that a page asks for or complains about. */
function watch(page: Page): { readonly requests: Set<string>; readonly complaints: string[] } {
  const requests = new Set<string>();
  const complaints: string[] = [];
  page.on('request', (request) => requests.add(request.url()));
  page.on('requestfailed', (request) => complaints.push(`failed: ${request.url()}`));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  return { requests, complaints };
}

describe.skipIf(!executablePath)(`in a browser${reason}`, () => {
  let browser: Browser;
  let folder = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'report-'));
    for (const [name, findings] of Object.entries(gallery)) {
      writeFileSync(join(folder, `${name}.html`), verifyHtml(findings));
    }
    browser = await chromium.launch({
      executablePath: executablePath ?? '',
      args: ['--no-sandbox'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const urlOf = (name: string): string => pathToFileURL(join(folder, `${name}.html`)).href;

  const opened = async (name: string): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(urlOf(name));
    return page;
  };

  it.each(Object.keys(gallery))(
    '"%s" opens from the disk, and fits every size in every colour',
    async (name) => {
      const page = await browser.newPage();
      const { requests, complaints } = watch(page);
      for (const { viewport, colorScheme } of settings) {
        await page.setViewportSize(viewport);
        await page.emulateMedia({ colorScheme });
        await page.goto(urlOf(name));
        await page.evaluate(
          "document.querySelectorAll('details').forEach((d) => { d.open = true; })",
        );
        const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
        expect(overflow, `${viewport.width} px`).toBeLessThanOrEqual(0);
      }
      expect([...requests]).toEqual([urlOf(name)]);
      expect(complaints).toEqual([]);
      await page.close();
    },
  );

  it('shows charts and graphs in every size', async () => {
    const page = await opened('different');
    for (const viewport of viewports) {
      await page.setViewportSize(viewport);
      for (const kind of ['histogram', 'growth', 'graph']) {
        const box = await page.locator(`svg.${kind}:visible`).first().boundingBox();
        expect(box?.width, kind).toBeGreaterThan(100);
        expect(box?.height, kind).toBeGreaterThan(100);
      }
    }
    await page.close();
  });

  it('has another background in the dark', async () => {
    const page = await opened('equal');
    const colors = new Set<unknown>();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      colors.add(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(colors.size).toBe(2);
    await page.close();
  });

  it('keeps the text of every box inside it', async () => {
    const page = await opened('different');
    const outside = await page.evaluate(`[...document.querySelectorAll('.graph g')].flatMap((g) => {
      const box = g.querySelector('rect').getBBox();
      return [...g.querySelectorAll('text')].filter((t) => t.getBBox().width > box.width).map((t) => t.textContent);
    })`);
    expect(outside).toEqual([]);
    await page.close();
  });

  it('prints', async () => {
    const page = await opened('different');
    await page.setViewportSize({ width: 720, height: 1000 });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(720);
    const pdf = await page.pdf({ format: 'A4' });
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
    expect(pdf.length).toBeGreaterThan(10_000);
    await page.close();
  });
});
