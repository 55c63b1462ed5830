const startsWith = (bytes: Uint8Array, text: string, offset = 0): boolean =>
  [...text].every((character, i) => bytes[offset + i] === character.charCodeAt(0));

const kinds: readonly (readonly [description: string, magic: string, offset?: number])[] = [
  ['a Git LFS pointer, not the file it stands for', 'version https://git-lfs'],
  ['a PNG image', '\x89PNG'],
  ['a JPEG image', '\xff\xd8\xff'],
  ['a PDF document', '%PDF'],
  ['a ZIP archive, such as a PyTorch checkpoint', 'PK\x03\x04'],
  ['a gzip archive', '\x1f\x8b'],
  ['an xz archive', '\xfd7zXZ'],
  ['a Python pickle, such as an old PyTorch checkpoint', '\x80\x02'],
  ['an HDF5 file, such as a Keras model', '\x89HDF'],
  ['a GGUF model', 'GGUF'],
  ['a TensorFlow Lite model', 'TFL3', 4],
  ['an onnxruntime (ORT) model', 'ORTM', 4],
];

const isText = (bytes: Uint8Array): boolean =>
  bytes
    .subarray(0, 512)
    .every((byte) => byte >= 32 || byte === 9 || byte === 10 || byte === 12 || byte === 13);

/** What a file that is no ONNX model looks like, or null. */
export function fileKind(bytes: Uint8Array): string | null {
  const known = kinds.find(([, magic, offset]) => startsWith(bytes, magic, offset));
  if (known) return known[0];
  if (!isText(bytes)) return null;
  const text = String.fromCharCode(...bytes.subarray(0, 256)).trimStart();
  return /^<(!doctype|html)/i.test(text) ? 'an HTML page' : 'a text file';
}
