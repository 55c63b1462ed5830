import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { test } from 'vitest';
import { decodeModel, encodeModel } from '../../src/onnx/index.js';
test('scan', () => {
  const files: string[] = [];
  for (const root of ['/tmp/nt/onnx-node-tests/onnx/backend/test/data/node']) for (const d of readdirSync(root)) files.push(`${root}/${d}/model.onnx`);
  for (const d of readdirSync('/work/shared/corpus')) for (const f of readdirSync(`/work/shared/corpus/${d}`)) if (f.endsWith('.onnx')) files.push(`/work/shared/corpus/${d}/${f}`);
  for (const f of readdirSync('/work/shared/data/ultraface')) files.push(`/work/shared/data/ultraface/${f}`);
  let equal = 0, different = 0, failed = 0; const t=performance.now();
  for (const f of files) {
    if (!existsSync(f)) { console.log('none', f); continue; }
    const bytes = readFileSync(f);
    try {
      const out = encodeModel(decodeModel(bytes));
      if (Buffer.compare(bytes, out) === 0) equal++;
      else { different++; console.log('DIFF', f, bytes.length, out.length); }
    } catch (e) { failed++; console.log('FAIL', f, (e as Error).message, (e as Error).stack?.slice(0,300)); }
  }
  console.log({ equal, different, failed, ms: performance.now()-t });
});
