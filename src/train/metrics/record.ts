import { crc32c } from './crc32c.js';

/** TFRecord never stores a checksum as it is, since it may be computed over data that hold checksums. */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/**
 * A record of a TFRecord file, TensorFlow's container: the length (uint64) and its masked CRC-32C, the data and their
 * masked CRC-32C, all little-endian.
 */
export function tfRecord(data: Uint8Array): Uint8Array {
  const out = new Uint8Array(data.length + 16);
  const view = new DataView(out.buffer);
  view.setBigUint64(0, BigInt(data.length), true);
  view.setUint32(8, masked(out.subarray(0, 8)), true);
  out.set(data, 12);
  view.setUint32(12 + data.length, masked(data), true);
  return out;
}
