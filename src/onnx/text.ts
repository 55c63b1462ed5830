const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Bytes that are not UTF-8 become U+FFFD. */
export const fromUtf8 = (bytes: Uint8Array | undefined): string =>
  bytes === undefined ? '' : decoder.decode(bytes);

export const toUtf8 = (text: string): Uint8Array => encoder.encode(text);
