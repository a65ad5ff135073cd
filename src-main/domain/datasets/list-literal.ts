const CLOSERS: Readonly<Record<string, string>> = { '[': ']', '(': ')' };
const ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function unescape(body: string): string {
  if (!body.includes('\\')) return body;
  return body.replaceAll(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/gs, (whole, code: string) => {
    if (/^[ux]./.test(code)) return String.fromCodePoint(Number.parseInt(code.slice(1), 16));
    return ESCAPES[code] ?? whole;
  });
}

/**
 * The texts of a list that a program wrote into one cell: JSON (["a", "b"]), or Python's and numpy's way of printing
 * one (['a', "b's"], array(['a', 'b'], dtype=object)). Null unless every element is a quoted text, so that an
 * interval such as "[1, 2]" stays what it is.
 */
export function parseListLiteral(text: string): string[] | null {
  if (!/^\s*(?:\[|\(|array\()/.test(text)) return null;
  const outer = /^\s*(?:array\()?\s*([[(])([^]*?)([\])])(?:,\s*dtype=\w+\))?\s*$/.exec(text);
  const [, open = '', body = '', close = ''] = outer ?? [];
  if (outer === null || CLOSERS[open] !== close) return null;
  const found: string[] = [];
  const element = /\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")\s*(,|$)/gsy;
  let end = 0;
  while (end < body.length) {
    if (body.slice(end).trim() === '') break;
    element.lastIndex = end;
    const match = element.exec(body);
    if (match === null) return null;
    found.push(unescape(match[1] ?? match[2] ?? ''));
    end = element.lastIndex;
  }
  // A pair of brackets with nothing in them is a list without elements; parentheses are more likely a remark.
  if (open === '(' && found.length < 2) return null;
  return found;
}
