import { crc32, deflateRawSync, zstdCompressSync } from 'node:zlib';

export type Packing = 'stored' | 'deflate' | 'zstd';
const METHODS = { stored: 0, deflate: 8, zstd: 93 };

function pack(bytes: Buffer, packing: Packing): Buffer {
  if (packing === 'deflate') return deflateRawSync(bytes);
  return packing === 'zstd' ? zstdCompressSync(bytes) : bytes;
}

export interface ZipEntry {
  /** The entry with its data, to be written at the offset it was made for. */
  readonly local: Buffer;
  /** Its line in the central directory. */
  readonly central: Buffer;
}

export function zipEntry(name: string, text: string, packing: Packing, offset: number): ZipEntry {
  const bytes = Buffer.from(text);
  const packed = pack(bytes, packing);
  const fields = Buffer.alloc(26);
  fields.writeUInt16LE(packing === 'zstd' ? 63 : 20, 0);
  fields.writeUInt16LE(0x800, 2);
  fields.writeUInt16LE(METHODS[packing], 4);
  fields.writeUInt32LE(crc32(bytes), 10);
  fields.writeUInt32LE(packed.length, 14);
  fields.writeUInt32LE(bytes.length, 18);
  fields.writeUInt16LE(Buffer.byteLength(name), 22);
  const central = Buffer.alloc(46);
  central.writeUInt32BE(0x504b0102, 0);
  central.writeUInt16LE(63, 4);
  fields.copy(central, 6);
  central.writeUInt32LE(offset, 42);
  return {
    local: Buffer.concat([Buffer.from('504b0304', 'hex'), fields, Buffer.from(name), packed]),
    central: Buffer.concat([central, Buffer.from(name)]),
  };
}

/** The central directory and what comes after it. At most 65,535 entries. */
export function zipDirectory(centrals: readonly Buffer[], offset: number): Buffer {
  const listing = Buffer.concat(centrals);
  const end = Buffer.alloc(22);
  end.writeUInt32BE(0x504b0506, 0);
  end.writeUInt16LE(centrals.length, 8);
  end.writeUInt16LE(centrals.length, 10);
  end.writeUInt32LE(listing.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([listing, end]);
}

/** A ZIP archive as Inspect and Excel write one: entries packed by one method, a central directory behind them. */
export function zipOf(entries: readonly (readonly [string, string])[], packing: Packing = 'deflate'): Buffer {
  const made: ZipEntry[] = [];
  let offset = 0;
  for (const [name, text] of entries) {
    const entry = zipEntry(name, text, packing, offset);
    made.push(entry);
    offset += entry.local.length;
  }
  const directory = zipDirectory(
    made.map(({ central }) => central),
    offset,
  );
  return Buffer.concat([...made.map(({ local }) => local), directory]);
}
