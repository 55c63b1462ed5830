import { createRequire } from 'node:module';

/** Found by the package's own name, so that it does not matter where the program was built to. */
export const { version } = createRequire(import.meta.url)('onnx-reparam/package.json') as {
  version: string;
};
