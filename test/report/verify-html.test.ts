import { describe, expect, it } from 'vitest';
import { type VerifyFindings, verifyHtml } from '../../src/report/index.js';
import {
  certificate,
  compared,
  dbbPart,
  divergence,
  findings,
  gallery,
  inside,
  output,
  run,
} from './samples.js';
import { problemsOf } from './well-formed.js';

const titles = (page: string): string[] =>
  [...page.matchAll(/<h2 id="(\w+)-title">/g)].map(([, id]) => id as string);

const headline = (page: string): string => /<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? '';

/** The page as a reader sees it, without markup. */
const textOf = (page: string): string =>
  page
    .replace(/<style>.*<\/style>/s, '')
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ');

describe.each(Object.entries(gallery))('the page for "%s"', (_, sample) => {
  const page = verifyHtml(sample);

  it('is well-formed', () => expect(problemsOf(page)).toEqual([]));

  it('is the same each time', () => expect(verifyHtml(sample)).toBe(page));

  it('refers to nothing outside', () => {
    expect(page).not.toMatch(/https?:|\burl\(|@import|<script|<link|<img|\bsrc=/);
  });

  it('has no figure that is none', () =>
    expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/));

  it('stays small', () => expect(page.length).toBeLessThan(1e6));
});

it('escapes every name', () => {
  const evil = `</title><script>alert('1')</script>"><img src=x onerror=alert(1)>`;
  /** Replaces every text in findings but those that are one of a few known words. */
  const spoil = (value: unknown, key = ''): unknown => {
    if (Array.isArray(value)) return value.map((item) => spoil(item, key));
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, spoil(v, k)]));
    }
    const known = ['status', 'model'].includes(key);
    return typeof value === 'string' && !known ? `${value}${evil}` : value;
  };
  for (const sample of Object.values(gallery)) {
    const page = verifyHtml(spoil(sample) as VerifyFindings);
    expect(page).not.toMatch(/<script|<img|<\/title><\/title>/);
    expect(problemsOf(page)).toEqual([]);
  }
});

it('shows a section for everything that is known, and none for the rest', () => {
  expect(titles(verifyHtml(findings(compared())))).toEqual([
    'outputs',
    'distribution',
    'placement',
  ]);
  expect(titles(verifyHtml(gallery.different))).toEqual([
    'outputs',
    'divergences',
    'agreement',
    'distribution',
    'growth',
    'rewritten',
    'placement',
    'certificate',
  ]);
  expect(titles(verifyHtml(gallery.unrunnable))).toEqual([]);
});

it('names the verdict, and whether it is proven', () => {
  const equal = textOf(verifyHtml(findings(compared())));
  expect(equal).toContain('In 7 runs, every output of dbb deploy.onnx stayed within its tolerance');
  expect(equal).toContain('No certificate was checked');
  expect(textOf(verifyHtml(gallery.equal))).toContain('The certificate proves');
  const invalid = verifyHtml(findings(compared(), certificate(2)));
  expect(headline(invalid)).toBe('Equal in these runs, certificate invalid');
  expect(textOf(invalid)).toContain('2 of 9 checks failed');
  expect(headline(verifyHtml(gallery.unrunnable))).toBe('Unrunnable');
  expect(textOf(verifyHtml(gallery.unrunnable))).toContain(
    'Load model from dbb deploy.onnx failed',
  );
  expect(headline(verifyHtml(gallery.incomparable))).toBe('Incomparable');
});

it('says where outputs differ', () => {
  const text = textOf(verifyHtml(gallery.different));
  expect(headline(verifyHtml(gallery.different))).toBe('Different');
  expect(text).toContain('23 of 1000 elements beyond the tolerance; worst at [0, 417]');
  expect(text).toContain('shape 1x1000 against 1x10');
});

it('derives the bound with its figures', () => {
  const text = textOf(verifyHtml(findings(compared())));
  expect(text).toContain('8 safety factor · 2 −24 unit roundoff u · √18 934 roundings n');
  expect(text).toContain('= 4.1e-5 bound');
});

it('shows tolerances that were given, and types that must be the same', () => {
  const given = { ...output('y', 0.5), bound: null };
  const tolerance = { absolute: 1e-4, relative: 1e-3, ulps: 2 };
  const exact = { ...output('labels', 0), dtype: 'int64' as const, tolerance: null, bound: null };
  const error = {
    ...exact.error!,
    toleranceUsed: null,
    cosine: null,
    sqnr: null,
    histogram: [],
    maxAbsolute: 0,
  };
  const runs = [
    run('normal', [
      { ...given, tolerance },
      { ...exact, error },
    ]),
  ];
  const page = verifyHtml(findings(compared({ runs })));
  const text = textOf(page);
  expect(text).toContain('1.0e-4 + 1.0e-3·|a| + 2 ulp');
  expect(text).toContain('exact – – no error normal, seed 0');
  expect(text).toContain('no element has an error');
  expect(page).not.toContain('safety factor');
});

it('warns of nodes that fell back to the CPU, and repeats every note', () => {
  const text = textOf(verifyHtml(gallery.different));
  expect(text).toContain('2 nodes of the second model ran on the CPU although cuda was asked for');
  expect(text).toContain('TensorFloat-32 is on for cuda');
});

it('groups parts of the same form, and draws at most forty forms', () => {
  expect(textOf(verifyHtml(gallery.different))).toContain('4 parts of this form: 8 nodes → 1 node');
  const many = verifyHtml(gallery.many);
  expect(many.split('<svg class="graph"').length - 1).toBe(80);
  expect(textOf(many)).toContain('20 more parts');
});

it('names causes where the models part', () => {
  const report = compared({
    status: 'different',
    inside: inside({
      divergences: Array.from({ length: 14 }, () => divergence('x')),
      rewritten: [dbbPart('a')],
    }),
  });
  const text = textOf(verifyHtml(findings(report)));
  expect(text).toContain('Likely causes the error sits at the borders only');
  expect(text).toContain('2 more values of this kind');
});

it('says how to get the report again', () => {
  const text = textOf(verifyHtml(gallery.equal));
  expect(text).toContain(
    'reparam verify models/dbb_resnet18.onnx &#39;dbb deploy.onnx&#39; --html report.html',
  );
  expect(text).toContain('Seed 0');
  expect(text).toContain('onnxruntime 1.30.0');
});
