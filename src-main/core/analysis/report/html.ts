import { escape } from './svg.ts';

/** One column of a table: its head, and a cell as text. */
export interface HtmlColumn<T> {
  readonly head: string;
  readonly cell: (row: T) => string | number | null;
  /** Numbers stand at the right. */
  readonly number?: boolean;
}

/** A table whose every cell is escaped. */
export function htmlTable<T>(caption: string, rows: readonly T[], columns: readonly HtmlColumn<T>[]): string {
  const head = columns
    .map(
      ({ head: name, number }) =>
        `<th scope="col"${number === true ? ' class="n"' : ''}>${escape(name)}</th>`,
    )
    .join('');
  const body = rows
    .map((row) => {
      const cells = columns.map(({ cell, number }, i) => {
        const content = escape(cell(row));
        return i === 0
          ? `<th scope="row">${content}</th>`
          : `<td${number === true ? ' class="n"' : ''}>${content}</td>`;
      });
      return `<tr>${cells.join('')}</tr>`;
    })
    .join('\n');
  return `<table><caption>${escape(caption)}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}\n</tbody></table>`;
}

/** Title and id are the program’s own; `parts` are HTML, and empty ones are left out. */
export function section(id: string, title: string, ...parts: readonly string[]): string {
  return `<section id="${id}"><h2>${escape(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`;
}

/** Escapes its text. */
export function paragraph(text: string): string {
  return `<p>${escape(text)}</p>`;
}

/** Escapes its items; nothing without any. */
export function list(items: readonly string[]): string {
  return items.length === 0 ? '' : `<ul>${items.map((item) => `<li>${escape(item)}</li>`).join('')}</ul>`;
}

/** Takes an SVG as it is, and escapes the caption. */
export function figure(drawing: string, caption: string): string {
  return `<figure>${drawing}<figcaption>${escape(caption)}</figcaption></figure>`;
}

/** Drawings side by side; empty ones are left out. */
export function figures(...drawings: readonly string[]): string {
  return `<div class="figures">${drawings.filter((drawing) => drawing !== '').join('')}</div>`;
}

/** No script, nothing fetched: the page's own policy forbids both, so that it can be passed on and opened anywhere. */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #59636e; --line: #d5dae0; --paper: #fff; --accent: #1f6f8b;
  --second: #b3541e; --third: #6a4c93; --fourth: #557a2b; --warn: #8a4b00; --bad: #a4161a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #9aa4af; --line: #343c45; --paper: #14181c;
  --accent: #5fb3cf; --second: #e8955f; --third: #b79be0; --fourth: #9cc46a; --warn: #e0a458; --bad: #ff8f8f; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1320px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 17px; margin: 36px 0 8px; border-bottom: 1px solid var(--line); }
p { max-width: 78ch; } .lead { color: var(--soft); margin-top: 0; }
table { border-collapse: collapse; margin: 10px 0 18px; font-variant-numeric: tabular-nums; display: block; overflow-x: auto; }
caption { text-align: left; color: var(--soft); padding: 4px 0; }
th, td { padding: 3px 12px 3px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; font-weight: 400; }
tbody th { white-space: nowrap; }
thead th, thead th.n { color: var(--soft); white-space: normal; vertical-align: bottom; border-bottom: 1px solid var(--soft); } .n { text-align: right; white-space: nowrap; }
.alarm { border-left: 4px solid var(--warn); padding: 4px 12px; margin: 8px 0; } .alarm.error { border-color: var(--bad); }
pre { overflow-x: auto; padding: 10px; border: 1px solid var(--line); font-size: 12px; white-space: pre-wrap; overflow-wrap: anywhere; }
figure { margin: 12px 0; } figcaption { color: var(--soft); max-width: 78ch; } svg { max-width: 100%; height: auto; }
.figures { display: flex; flex-wrap: wrap; gap: 20px; } .figures figure { max-width: 400px; }
svg text { fill: var(--ink); font-size: 12px; } svg .tick { fill: var(--soft); font-size: 11px; } svg .axis { fill: var(--soft); }
svg .grid { stroke: var(--line); } svg .guide { stroke: var(--soft); stroke-dasharray: 4 4; }
svg .whisker { stroke: var(--accent); stroke-width: 2; } svg .point { fill: var(--accent); }
svg .heat { fill: var(--accent); stroke: var(--line); }
svg .bubble { fill: var(--accent); fill-opacity: .45; stroke: var(--accent); }
svg .up { fill: var(--accent); } svg .down { fill: none; stroke: var(--second); }
svg .curve { fill: none; stroke-width: 2; } svg .c0 { stroke: var(--accent); } svg .c1 { stroke: var(--second); stroke-dasharray: 7 3; }
svg .c2 { stroke: var(--third); stroke-dasharray: 2 3; } svg .c3 { stroke: var(--fourth); stroke-dasharray: 9 3 2 3; }
@media print { section { break-inside: avoid; } body { font-size: 11px; } }
`;
