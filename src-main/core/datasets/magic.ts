/** Told by the first bytes: a kind of file that is no dataset, and what to do about it. */
export interface ForeignFile {
  readonly kind: 'gguf' | null;
  /** "This is a PNG image." and the like. */
  readonly what: string;
  /** What to do next; null where the workbench has a use for the file elsewhere. */
  readonly advice: string;
}

interface Signature {
  readonly bytes: string;
  readonly at?: number;
  readonly what: string;
  readonly advice?: string;
}

export const READABLE = 'Datasets are CSV, TSV, JSON, JSONL or Parquet files.';

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex');

const SIGNATURES: readonly Signature[] = [
  { bytes: '89504e470d0a1a0a', what: 'a PNG image' },
  { bytes: 'ffd8ff', what: 'a JPEG image' },
  { bytes: hex('GIF8'), what: 'a GIF image' },
  { bytes: hex('WEBP'), at: 8, what: 'a WebP image' },
  { bytes: hex('%PDF-'), what: 'a PDF document', advice: 'Save the table in it as CSV.' },
  {
    bytes: 'd0cf11e0a1b11ae1',
    what: 'an old Excel or Word document',
    advice: 'Open it and save the sheet as "CSV UTF-8".',
  },
  { bytes: hex('SQLite format 3\0'), what: 'an SQLite database', advice: 'Export the table as CSV.' },
  { bytes: hex('\x93NUMPY'), what: 'a NumPy array', advice: 'Save it as CSV or Parquet with pandas.' },
  { bytes: '894844460d0a1a0a', what: 'an HDF5 file', advice: 'Save the table as Parquet with pandas.' },
  { bytes: hex('ARROW1'), what: 'an Arrow file', advice: 'Save it with to_parquet().' },
  { bytes: 'ffffffff', what: 'an Arrow stream', advice: 'Save the dataset with to_parquet().' },
  { bytes: hex('FEA1'), what: 'a Feather file', advice: 'Save it as Parquet.' },
  { bytes: hex('Obj\x01'), what: 'an Avro file', advice: 'Save it as Parquet.' },
  { bytes: hex('ORC'), what: 'an ORC file', advice: 'Save it as Parquet.' },
  { bytes: '7f454c46', what: 'a program' },
  { bytes: hex('MZ'), what: 'a Windows program' },
  { bytes: '377abcaf271c', what: 'a 7-Zip archive', advice: 'Unpack it and take the file inside.' },
  { bytes: hex('Rar!'), what: 'a RAR archive', advice: 'Unpack it and take the file inside.' },
  {
    bytes: 'fd377a585a00',
    what: 'an xz-compressed file',
    advice: 'Unpack it first, or compress it with gzip.',
  },
  {
    bytes: hex('BZh'),
    what: 'a bzip2-compressed file',
    advice: 'Unpack it first, or compress it with gzip.',
  },
  { bytes: hex('ustar'), at: 257, what: 'a tar archive', advice: 'Unpack it and take the folder.' },
  { bytes: hex('ftyp'), at: 4, what: 'a video' },
  { bytes: hex('OggS'), what: 'an audio file' },
  { bytes: hex('ID3'), what: 'an audio file' },
  { bytes: hex('RIFF'), what: 'an audio or video file' },
];

function matches(head: Buffer, { bytes, at = 0 }: Signature): boolean {
  return head.subarray(at, at + bytes.length / 2).toString('hex') === bytes;
}

/** safetensors: eight bytes of length, then that much JSON. */
function isSafetensors(head: Buffer): boolean {
  if (head.length < 10 || head[8] !== 0x7b || head[9] !== 0x22) return false;
  return head.readBigUInt64LE(0) < 100_000_000n && head.readBigUInt64LE(0) > 1n && head.includes(0, 0);
}

function isPickle(head: Buffer): boolean {
  const version = head[1] ?? 0;
  return head[0] === 0x80 && version >= 2 && version <= 5;
}

function textualForeigner(head: Buffer): ForeignFile | null {
  const start = head.subarray(0, 512).toString('latin1').trimStart().toLowerCase();
  if (start.startsWith('<!doctype html') || start.startsWith('<html')) {
    return {
      kind: null,
      what: 'This is a web page, not the data.',
      advice: 'Download the file itself: on GitHub or Hugging Face, by "raw" or "download".',
    };
  }
  if (start.startsWith('version https://git-lfs.')) {
    return {
      kind: null,
      what: 'This is a Git LFS pointer, which stands for a file that was not fetched.',
      advice: 'Fetch it with "git lfs pull".',
    };
  }
  if (start.startsWith('<?xml')) return { kind: null, what: 'This is an XML file.', advice: READABLE };
  return null;
}

/** Recognises files that are no datasets by their first bytes; null when nothing speaks against a dataset. */
export function foreignFile(head: Buffer): ForeignFile | null {
  if (head.subarray(0, 4).toString('latin1') === 'GGUF') {
    return {
      kind: 'gguf',
      what: 'This is a GGUF model, not a dataset.',
      advice: 'Add its folder under Models to use it as generator or judge.',
    };
  }
  const signature = SIGNATURES.find((candidate) => matches(head, candidate));
  if (signature !== undefined) {
    return { kind: null, what: `This is ${signature.what}.`, advice: signature.advice ?? READABLE };
  }
  if (isSafetensors(head)) {
    const advice = 'Models run here as GGUF: convert it, or get a GGUF of the same model.';
    return { kind: null, what: 'This is a model in safetensors.', advice };
  }
  if (isPickle(head)) {
    const advice = 'It could run code when opened, so it is not: save the data as CSV, JSONL or Parquet.';
    return { kind: null, what: 'This is a Python pickle.', advice };
  }
  return textualForeigner(head);
}
