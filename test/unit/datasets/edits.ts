import * as fc from 'fast-check';

/** One change to a file: bytes overwritten, taken out, doubled, or put in that mean something to a parser. */
export type Edit =
  | { readonly kind: 'flip'; readonly at: number; readonly byte: number }
  | { readonly kind: 'cut'; readonly at: number; readonly length: number }
  | { readonly kind: 'double'; readonly at: number; readonly length: number }
  | { readonly kind: 'insert'; readonly at: number; readonly text: string }
  | { readonly kind: 'end'; readonly at: number };

// As a share of the file: the length is not known here.
const at = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const length = fc.integer({ min: 1, max: 300 });
const MEANINGFUL = ['"', '""', '\n', '\r', '\r\n', ',', '{', '}', '[', ']', '\\', '\t', ':', '\0', 'NaN'];
const text = fc.constantFrom(...MEANINGFUL, '\u{FEFF}', '\u{2028}');

const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at, byte: fc.integer({ min: 0, max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at, length }),
  fc.record({ kind: fc.constant('double' as const), at, length }),
  fc.record({ kind: fc.constant('insert' as const), at, text }),
  fc.record({ kind: fc.constant('end' as const), at }),
);

/** One to three changes. */
export const edits = fc.array(edit, { minLength: 1, maxLength: 3 });

export function apply(bytes: Buffer, change: Edit): Buffer {
  const place = Math.floor(change.at * bytes.length);
  const before = bytes.subarray(0, place);
  const after = bytes.subarray(place);
  switch (change.kind) {
    case 'flip':
      return Buffer.concat([before, Buffer.from([change.byte]), after.subarray(1)]);
    case 'cut':
      return Buffer.concat([before, after.subarray(change.length)]);
    case 'double':
      return Buffer.concat([before, after.subarray(0, change.length), after]);
    case 'insert':
      return Buffer.concat([before, Buffer.from(change.text), after]);
    case 'end':
      return before;
    default:
      return bytes;
  }
}
