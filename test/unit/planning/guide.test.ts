import { expect, test } from 'vitest';
import {
  ADVISED_BOXES,
  buildGuide,
  GUIDE_ASSUMPTIONS,
  GUIDE_BOXES,
  GUIDE_DATASET,
  GUIDE_RECIPES,
  guideHtml,
  guideJson,
  guideMarkdown,
  guideModels,
  parseClaims,
  parseLlamaShapes,
  type CheckedClaim,
  type Guide,
} from '../../../src-main/domain/planning/guide.ts';
import { llamaHeader } from '../../../src-main/domain/planning/guide/llama-header.ts';
import { UNCALIBRATED } from '../../../src-main/domain/planning/speed.ts';
import { CARDS, catalogue, GUIDE_NAMES, header, PRICES, QUALITY } from './worlds.ts';

const SHAPES = parseLlamaShapes(catalogue('guide-models'));
const CLAIMS = parseClaims(catalogue('seed-claims'));

function guideOf(claims = CLAIMS.claims, models = SHAPES): Guide {
  return buildGuide({
    at: Date.UTC(2026, 10, 24),
    models: guideModels(models, ['llama-3-8b', 'llama-3.1-70b', 'llama-2-70b']),
    dataset: GUIDE_DATASET,
    assumptions: GUIDE_ASSUMPTIONS,
    cards: CARDS,
    prices: PRICES,
    quality: QUALITY,
    calibration: UNCALIBRATED,
    recipes: GUIDE_RECIPES,
    boxes: GUIDE_BOXES,
    advised: ADVISED_BOXES,
    claims,
  });
}

const GUIDE = guideOf();

function claim(section: string, quote: string): CheckedClaim | undefined {
  return GUIDE.claims.find((c) => c.section === section && c.quote.includes(quote));
}

// Catches: shapes of the catalogue that differ from the published files.
test('the catalogue’s shapes make the headers of the published files', () => {
  expect(SHAPES.map((s) => s.name)).toEqual([
    'Llama-3.2-1B',
    'Llama-3-8B',
    'Llama-2-7b',
    'Llama-3.1-70B',
    'Llama-2-70b',
  ]);
  SHAPES.forEach((shape, i) => {
    const key = (tensors: ReturnType<typeof header>['tensors']): string[] =>
      tensors.map((t) => `${t.name} ${t.type} ${t.dimensions.join('×')}`).toSorted();
    const name = GUIDE_NAMES[i] ?? 'Llama-3-8B';
    expect(key(llamaHeader(shape).tensors)).toEqual(key(header(name, 'F16').tensors));
  });
});

// Catches: file sizes off the published ones (bytes of the repositories that fit.md names).
test.each([
  ['llama-3.2-1b', 'Q4_K_M', 807_694_464],
  ['llama-3.2-1b', 'Q8_0', 1_321_083_008],
  ['llama-3-8b', 'Q4_K_M', 4_920_734_272],
  ['llama-3-8b', 'Q8_0', 8_540_770_880],
  ['llama-2-7b', 'Q4_K_M', 4_081_004_224],
  ['llama-2-7b', 'Q8_0', 7_161_089_728],
  ['llama-3.1-70b', 'Q4_K_M', 42_520_398_400],
] as const)('%s in %s is the published file to the byte', (id, recipe, bytes) => {
  const model = guideModels(SHAPES, []).find((m) => m.id === id);
  expect(model?.files.find((f) => f.recipe === recipe)?.header.fileBytes).toBe(bytes);
});

// Catches: a section of the old guide without its counterpart, an empty table.
test('every part of the guide is recomputed', () => {
  expect(GUIDE.sections.map((s) => s.id)).toEqual([
    'needs',
    'scenario-1',
    'scenario-2',
    'scenario-3',
    'options',
    'tiers',
    'matrix',
    'setups',
    'strategies',
    'time',
  ]);
  for (const table of GUIDE.sections.flatMap((s) => s.tables)) {
    expect(table.rows.length, table.id).toBeGreaterThan(0);
    for (const row of table.rows) {
      expect(row, table.id).toHaveLength(table.columns.length);
    }
  }
});

// Catches: a claim that crashed or was skipped; the verdicts that a person can check by hand.
test('every claim of the guide is judged, and these as they must be', () => {
  expect(GUIDE.claims).toHaveLength(CLAIMS.claims.length);
  expect(GUIDE.claims.length).toBeGreaterThan(90);
  const sum = Object.values(GUIDE.counts).reduce((a, b) => a + b, 0);
  expect(sum).toBe(GUIDE.claims.length);
  expect(GUIDE.counts['not checkable']).toBeLessThanOrEqual(2);
  expect(claim('Judge models', 'Llama-3.1-70B-Instruct: FP16')?.verdict).toBe('right');
  expect(claim('Judge models', 'recommended for 8GB GPU')?.verdict).toBe('wrong');
  expect(claim('Tier: 24 GB GPU', 'A4000')?.verdict).toBe('wrong');
  expect(claim('Tier: 24 GB GPU', 'RTX 4090')?.verdict).toBe('right');
  expect(claim('Tier: 24 GB GPU', 'Llama-3-70B (4-bit')?.verdict).toBe('wrong');
  expect(claim('Tier: 40 GB GPU', '8-bit quantization) comfortably')?.verdict).toBe('wrong');
  expect(claim('Tier: 80 GB and more', 'full precision (FP16)')?.verdict).toBe('wrong');
  expect(claim('Scenario 3: 70B judge only', 'Option A')?.verdict).toBe('right');
  expect(claim('Scenario 3: 70B judge only', 'Option D')?.verdict).toBe('right');
  expect(claim('Costs', 'H100 80GB')?.verdict).toBe('wrong');
  expect(claim('Current workflow: generate first, judge later', 'Llama-3-70B with 8-bit')?.verdict).toBe(
    'wrong',
  );
});

// Catches: claims about models that are not in this guide answered with some other number.
test('claims about other models cannot be checked', () => {
  const small = SHAPES.filter((s) => s.id === 'llama-3.2-1b');
  const guide = guideOf(CLAIMS.claims, small);
  const large = guide.claims.filter((c) => c.quote.startsWith('Llama-3.1-70B-Instruct: FP16'));
  expect(large.map((c) => c.verdict)).toEqual(['not checkable']);
  expect(guide.claims.find((c) => c.quote.startsWith('Llama-3.2-1B: FP16'))?.figure).toBe('3.05 GiB');
});

// Catches: a broken table: a pipe in a cell, a row of another length.
test('as Markdown, every row of a table has the cells of its head', () => {
  const markdown = guideMarkdown(GUIDE);
  const tables = markdown.split('\n\n').filter((block) => block.startsWith('| '));
  expect(tables.length).toBeGreaterThan(20);
  for (const table of tables) {
    const widths = table
      .trim()
      .split('\n')
      .map((line) => line.replaceAll('\\|', '').split('|').length);
    expect(new Set(widths).size).toBe(1);
  }
  expect(markdown).toContain('| Llama-3-8B | 15.11 GiB | 8.55 GiB | 5.43 GiB |');
  expect(markdown).toContain(`Of ${CLAIMS.claims.length} claims`);
});

// Catches: text that becomes markup, tags that are not closed, something fetched from elsewhere.
test('as HTML, it is one page that is well formed and asks for nothing', () => {
  const odd = { ...CLAIMS.claims[0], id: 'x', section: '<b>', quote: '<script>alert("1")</script> & more' };
  const html = guideHtml(
    guideOf([{ ...odd, check: { kind: 'statement', answer: "it's <i>", right: null } }]),
  );
  expect(html).not.toContain('<script');
  expect(html).not.toMatch(/https?:|src=|href=|url\(/);
  expect(html).toContain('&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; more');
  for (const tag of ['section', 'table', 'tr', 'td', 'th', 'thead', 'tbody', 'p', 'h2']) {
    const opened = html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
    const closed = html.match(new RegExp(`</${tag}>`, 'g'))?.length ?? 0;
    expect(opened, tag).toBe(closed);
  }
});

// Catches: numbers lost in JSON (infinite margins become null there).
test('as JSON, it is the same value', () => {
  const parsed: unknown = JSON.parse(guideJson(GUIDE));
  expect(parsed).toEqual({ form: 1, ...GUIDE });
});

// Catches: a claim of a kind nobody checks, dropped in silence.
test('a list of claims with an unknown check is refused', () => {
  const bad = { document: 'd', claims: [{ id: '1', section: 's', quote: 'q', check: { kind: 'taste' } }] };
  expect(() => parseClaims(bad)).toThrow('"taste"');
});
