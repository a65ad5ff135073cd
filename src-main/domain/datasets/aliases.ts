// Names with a slash inside that are one answer. Everything else that looks like one ("July 20/20 July", "33573/33,573")
// was a separator in the files this was checked on, so that a general rule about digits would join wrong pairs.
const WHOLE_TERMS = [
  '9/11',
  '24/7',
  '50/50',
  'AC/DC',
  'TCP/IP',
  'HIV/AIDS',
  'km/h',
  'and/or',
  'he/she',
  'his/her',
  'Face/Off',
  'Nip/Tuck',
  'Frost/Nixon',
  'GNU/Linux',
];
// Too short to be told from two aliases that meet ("C & A/C and A"), unless they are an alias from end to end.
const SHORT_TERMS = ['N/A', 'A/C', 'I/O', 'OS/2', 'PL/I', 'm/s', 's/he', '7/7'];

const HOLE = '\u{E000}';
const anyOf = (terms: readonly string[]): string =>
  terms.map((term) => term.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)).join('|');
const WHOLE = new RegExp(
  String.raw`(?<![\p{L}\p{N}_])(?:${anyOf(WHOLE_TERMS)})(?![\p{L}\p{N}_])|(?<=^|\/)\s*(?:${anyOf(SHORT_TERMS)})\s*(?=\/|$)`,
  'giu',
);

const bare = (text: string): string => text.replaceAll(/[^\p{L}\p{N}]/gu, '').toLowerCase();

/** "P/O" was one alias when its letters stand together in another ("Po", "P.O."). Short all-letter pieces only. */
function joinSplitAbbreviations(pieces: readonly string[]): string[] {
  const known = new Map<string, number>();
  for (const piece of pieces) known.set(bare(piece), (known.get(bare(piece)) ?? 0) + 1);
  const joined: string[] = [];
  for (let at = 0; at < pieces.length; at++) {
    const here = pieces[at] ?? '';
    const next = pieces[at + 1];
    const short = (piece: string): boolean => /^\p{L}{1,4}\.?$/u.test(piece);
    if (next !== undefined && short(here) && short(next) && known.has(bare(here) + bare(next))) {
      joined.push(`${here}/${next}`);
      at++;
    } else joined.push(here);
  }
  return joined;
}

/**
 * Splits a gold text into its aliases. With "/" (EVOUNA) some answers contain the separator themselves: known terms
 * ("9/11", "AC/DC") and abbreviations whose letters another alias has together stay whole. Pieces are trimmed,
 * empty ones and repetitions dropped; a text without the separator is its own single alias.
 */
export function splitAliases(text: string, separator: string): string[] {
  const guarded = separator === '/' ? text.replaceAll(WHOLE, (term) => term.replaceAll('/', HOLE)) : text;
  const pieces = guarded
    .split(separator)
    .map((piece) => piece.replaceAll(HOLE, '/').trim())
    .filter((piece) => piece !== '');
  return [...new Set(separator === '/' ? joinSplitAbbreviations(pieces) : pieces)];
}
