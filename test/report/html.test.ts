import { expect, it } from 'vitest';
import { html, unescaped } from '../../src/report/html.js';
import { enumeration, fileName, shellCommand, shorten } from '../../src/report/names.js';

it('escapes text, in elements and in attributes', () => {
  const text = `<script>alert("1")</script> & 'x'`;
  expect(html`<p title="${text}">${text}</p>`.toString()).toBe(
    '<p title="&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;">' +
      '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;x&#39;</p>',
  );
});

it('takes markup, lists and gaps as they are', () => {
  const items = ['a', '<b>'].map((item) => html`<li>${item}</li>`);
  const list = html`<ul>${items}${null}${[1, [2, '&']]}</ul>${unescaped('<hr/>')}`;
  expect(list.toString()).toBe('<ul><li>a</li><li>&lt;b&gt;</li>12&amp;</ul><hr/>');
});

it('replaces what no page may hold: control characters and halves of surrogate pairs', () => {
  expect(html`a\u0000b\ud800c\u009fd\ttab\u{1f600}é`.toString()).toContain('a');
  expect(html`${'a\u0000b\ud800c\u009fd\te\u{1f600}é'}`.toString()).toBe(
    'a\ufffdb\ufffdc\ufffdd\te\u{1f600}é',
  );
});

it('cuts the front of names and keeps whole characters', () => {
  expect(shorten('stage/block/conv', 10)).toBe('…lock/conv');
  expect(shorten('\u{1f600}\u{1f601}\u{1f602}', 2)).toBe('…\u{1f602}');
  expect(shorten('short', 10)).toBe('short');
});

it('knows file names of every platform', () => {
  expect(['a/b.onnx', 'C:\\m\\b.onnx', 'b.onnx', 'a/'].map(fileName)).toEqual([
    'b.onnx',
    'b.onnx',
    'b.onnx',
    'a/',
  ]);
});

it('writes lists in words, and commands as a shell reads them', () => {
  expect([[], ['a'], ['a', 'b', 'c']].map(enumeration)).toEqual(['', 'a', 'a, b and c']);
  expect(shellCommand(['verify', 'a b.onnx', "it's", '--shape', 'x:1x3', '$HOME'])).toBe(
    "verify 'a b.onnx' 'it'\\''s' --shape x:1x3 '$HOME'",
  );
});
