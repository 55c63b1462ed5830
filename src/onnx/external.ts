/** The location of data in the model's own file, of which only parts were loaded: no other file can have this name. */
export const ownFile = '/';

/** Where the data of a tensor lies: bytes of a file beside the model. */
export interface ExternalRange {
  /** Path relative to the model's folder, with `/` between its parts. */
  readonly location: string;
  readonly offset: number;
  /** Null for everything from `offset` to the end of the file. */
  readonly length: number | null;
}

/** A range of a file that exists and is long enough. */
export interface ExternalSlice {
  readonly byteLength: number;
  /** The file, links followed. */
  readonly file: string;
  /** Reads the bytes anew on each call. */
  readonly read: () => Uint8Array;
}

export interface ExternalDataReader {
  /** @throws ReparamError for a location that is missing, too short or outside the model's folder. */
  open(range: ExternalRange): ExternalSlice;
}

export interface ExternalDataWriter {
  /** @returns where the bytes will lie. They are not read before the file is written. */
  add(byteLength: number, read: () => Uint8Array): ExternalRange;
}
