import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePickle, PickledArray } from '../../../src/data/datasets/pickle.js';
import { problemOf } from '../problems.js';

const decode = (text: string) => decodePickle(Buffer.from(text, 'latin1'), 'a');
const array = 'cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R';
const bytes = 'cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R';

describe('what CIFAR needs', () => {
  it('numbers, strings, lists, dictionaries', () => {
    expect(
      decode('\x80\x02}(U\x01aK\x05U\x01b](K\x01M\x02\x01J\xff\xff\xff\xffeU\x01cNu.'),
    ).toEqual(
      new Map<string, unknown>([
        ['a', 5],
        ['b', [1, 258, -1]],
        ['c', null],
      ]),
    );
    expect(decode(']K\x07a.')).toEqual([7]);
    expect(decode('}U\x01a\x88s.')).toEqual(new Map([['a', true]]));
    expect(decode('(K\x01K\x02K\x03t.')).toEqual([1, 2, 3]);
  });

  it('what was noted is recalled', () => {
    expect(decode('(U\x01xq\x05h\x05h\x05t.')).toEqual(['x', 'x', 'x']);
    expect(decode('(U\x01xr\x05\x01\x00\x00j\x05\x01\x00\x00t.')).toEqual(['x', 'x']);
  });

  it('an array of bytes', () => {
    const found = decode(`${array}(K\x01K\x02K\x03\x86${bytes}\x89T\x06\x00\x00\x00abcdeftb.`);
    expect(found).toBeInstanceOf(PickledArray);
    const { shape, fortranOrder, bytes: content } = found as PickledArray;
    expect([shape, fortranOrder, Buffer.from(content).toString()]).toEqual([
      [2, 3],
      false,
      'abcdef',
    ]);
  });
});

describe('everything else is refused', () => {
  it.each([
    ['a class', 'cos\nsystem\n.', /asks for 'os system'/],
    ['a class by text', 'U\x02osU\x06system\x93.', /operation 0x93/],
    ['an instance', '(ios\nsystem\n.', /operation 0x69/],
    ['Python 3 text', 'X\x01\x00\x00\x00a.', /operation 0x58/],
    [
      'an array of objects',
      'cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R.',
      /other than an array of bytes/,
    ],
    ['a call of what is no function', 'K\x01K\x02R.', /other than/],
    [
      'too few bytes',
      `${array}(K\x01K\x02K\x03\x86${bytes}\x89T\x05\x00\x00\x00abcdetb.`,
      /none of bytes/,
    ],
    ['a length beyond the end', 'T\xff\xff\xff\x7fabc.', /ends early/],
    ['a pop of nothing', '.', /takes more/],
    ['a mark that is not there', 't.', /lacks a mark/],
    ['an append to a number', 'K\x01K\x02a.', /no list/],
    ['an entry of a list', ']K\x01K\x02s.', /no dictionary/],
    ['a memory of nothing', 'h\x01.', /never noted/],
    ['a name without an end', 'cnumpy', /ends early/],
    ['nothing at all', '', /ends early/],
  ])('%s', async (_, text, message) => {
    const problem = await problemOf(() => decode(text));
    expect(problem).toMatch(message);
    expect(problem).toMatch(/^a is no batch of CIFAR/);
  });

  it('any bytes: a value or one sentence', async () => {
    const codes = fc.constantFrom(...'().abcehjKMNJqrRstTuU]}\x80\x85\x86\x87\x88\x89\x00\x01\n');
    await fc.assert(
      fc.asyncProperty(fc.array(codes, { maxLength: 30 }), async (text) => {
        await problemOf(() => decode(text.join('')));
      }),
      { numRuns: 2000 },
    );
  });
});
