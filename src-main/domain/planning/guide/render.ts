import type { CheckedClaim } from './result.ts';
import type { Guide, GuideCell, GuideSection, GuideTable } from './document.ts';

/** The guide as JSON, indented, with a version of its form. */
export function guideJson(guide: Guide): string {
  return `${JSON.stringify({ form: 1, ...guide }, null, 2)}\n`;
}

function markdownCell(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function markdownRow(cells: readonly string[]): string {
  return `| ${cells.map(markdownCell).join(' | ')} |`;
}

function markdownTable(table: GuideTable): string[] {
  return [
    `**${table.caption}**`,
    '',
    markdownRow(table.columns),
    markdownRow(table.columns.map(() => '---')),
    ...table.rows.map((row) => markdownRow(row.map((cell) => cell.text))),
    '',
  ];
}

function markdownSection(section: GuideSection): string[] {
  return [
    `## ${section.title}`,
    '',
    ...section.paragraphs.flatMap((p) => [p, '']),
    ...section.tables.filter((t) => t.rows.length > 0).flatMap(markdownTable),
  ];
}

const MARKS: Readonly<Record<CheckedClaim['verdict'], string>> = {
  right: '✓ right',
  wrong: '✗ wrong',
  partly: '~ partly',
  'not checkable': '– not checkable',
};

function bySection(claims: readonly CheckedClaim[]): Map<string, CheckedClaim[]> {
  const sections = new Map<string, CheckedClaim[]>();
  for (const claim of claims) {
    sections.set(claim.section, [...(sections.get(claim.section) ?? []), claim]);
  }
  return sections;
}

function countsSentence({ counts, claims }: Guide): string {
  return (
    `Of ${claims.length} claims, ${counts.right} are right, ${counts.wrong} wrong, ${counts.partly} partly right, ` +
    `and ${counts['not checkable']} say nothing that could be computed.`
  );
}

function claimTables(guide: Guide): GuideTable[] {
  return [...bySection(guide.claims)].map(([section, claims]) => ({
    id: `claims-${section.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}`,
    caption: section,
    columns: ['Claim', 'Computed', 'Verdict', 'Because'],
    rows: claims.map((claim): GuideCell[] => [
      { text: claim.quote },
      { text: claim.figure },
      { text: MARKS[claim.verdict], verdict: claim.verdict },
      { text: claim.because },
    ]),
  }));
}

/** The claims of the replaced guide as one more section; none without claims. */
function claimsSection(guide: Guide): GuideSection[] {
  return guide.claims.length === 0
    ? []
    : [
        {
          id: 'claims',
          title: 'The claims of the guide, checked',
          paragraphs: [countsSentence(guide)],
          tables: claimTables(guide),
        },
      ];
}

function dateOf(guide: Guide): string {
  return new Date(guide.at).toISOString().slice(0, 10);
}

/** The guide as Markdown with tables. */
export function guideMarkdown(guide: Guide): string {
  const lines = [
    `# ${guide.title}`,
    '',
    `Computed on ${dateOf(guide)}.`,
    '',
    ...guide.assumptions.map((a) => `- ${a}`),
    '',
    ...[...guide.sections, ...claimsSection(guide)].flatMap(markdownSection),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function escape(value: string): string {
  return value
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

function htmlCell(cell: GuideCell, first: boolean): string {
  if (first) {
    return `<th scope="row">${escape(cell.text)}</th>`;
  }
  const mark = cell.verdict === undefined ? '' : ` class="${cell.verdict.replaceAll(' ', '-')}"`;
  return `<td${mark}>${escape(cell.text)}</td>`;
}

function htmlTable(table: GuideTable): string {
  const head = table.columns.map((c) => `<th scope="col">${escape(c)}</th>`).join('');
  const rows = table.rows
    .map((row) => `<tr>${row.map((cell, i) => htmlCell(cell, i === 0)).join('')}</tr>`)
    .join('\n');
  return (
    `<div class="table"><table id="${escape(table.id)}"><caption>${escape(table.caption)}</caption>\n` +
    `<thead><tr>${head}</tr></thead>\n<tbody>\n${rows}\n</tbody></table></div>`
  );
}

function htmlSection(section: GuideSection): string {
  const paragraphs = section.paragraphs.map((p) => `<p>${escape(p)}</p>`);
  const tables = section.tables.filter((t) => t.rows.length > 0).map(htmlTable);
  return [
    `<section id="${escape(section.id)}"><h2>${escape(section.title)}</h2>`,
    ...paragraphs,
    ...tables,
    '</section>',
  ].join('\n');
}

const STYLE = `
:root { color-scheme: light dark; --line: #8886; --yes: #1a7f37; --no: #b3261e; --tight: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --yes: #57c271; --no: #ff8f86; --tight: #e0b050; } }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
.table { overflow-x: auto; margin: 1rem 0 2rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-weight: 600; padding: .25rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .7rem .3rem 0; text-align: left; vertical-align: top; }
th[scope="row"] { font-weight: 500; }
.yes, .right { color: var(--yes); }
.no, .wrong { color: var(--no); }
.tight, .partly { color: var(--tight); }
@media print { body { max-width: none; } .table { overflow: visible; break-inside: avoid-page; } }
`;

/** The guide as one HTML page without scripts or anything to fetch. */
export function guideHtml(guide: Guide): string {
  const assumptions = guide.assumptions.map((a) => `<li>${escape(a)}</li>`).join('');
  const sections = [...guide.sections, ...claimsSection(guide)].map(htmlSection).join('\n');
  return [
    '<!doctype html>',
    '<html lang="en"><head><meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escape(guide.title)}</title><style>${STYLE}</style></head><body>`,
    `<h1>${escape(guide.title)}</h1><p>Computed on ${dateOf(guide)}.</p><ul>${assumptions}</ul>`,
    sections,
    '</body></html>',
    '',
  ].join('\n');
}
