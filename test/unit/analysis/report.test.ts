import { describe, expect, test } from 'vitest';
import { analysisText } from '../../../src-main/cli/analysis-text.ts';
import { analyseRun } from '../../../src-main/core/analysis/analyse.ts';
import { reportCard } from '../../../src-main/core/analysis/card.ts';
import { escape, ticks } from '../../../src-main/core/analysis/report/svg.ts';
import type { ReportContent } from '../../../src-main/core/analysis/report/content.ts';
import { reportHtml } from '../../../src-main/core/analysis/report/report.ts';
import { scoresOf } from '../../../src-main/core/analysis/scores.ts';
import { tokensOf } from '../../../src-main/core/analysis/tokens.ts';
import { uncertaintyDetail } from '../../../src-main/core/analysis/uncertainty-detail.ts';
import { uncertaintyOf } from '../../../src-main/core/analysis/uncertainty.ts';
import type { AnalysisTable } from '../../../src-main/core/analysis/table.ts';
import { spoken, tableOf } from './helpers.ts';

const EVIL = `</td><script>alert("x")</script><img src=x onerror='y'>&\u0000\u001b[31m`;

function nastyTable(): AnalysisTable {
  const verdicts = spoken('ccciiccicu'.repeat(3));
  const table = tableOf({
    nll: verdicts.map((_, i) => i / 3),
    systems: verdicts.map((_, i) => (i % 2 === 0 ? EVIL : 'tame')),
    judges: [
      { id: 1, name: EVIL, verdicts, p: verdicts.map((_, i) => (i % 10) / 10) },
      { id: 2, name: 'Ada', kind: 'human', verdicts: spoken('cciiiccicc'.repeat(3)) },
    ],
  });
  return {
    ...table,
    run: { ...table.run, name: EVIL, datasetName: EVIL },
    scope: { ...table.scope, runName: EVIL, datasetName: EVIL },
  };
}

async function contentOf(table: AnalysisTable): Promise<ReportContent> {
  const logprobs = {
    offsets: Int32Array.from({ length: 31 }, (_, i) => i * 3),
    values: Float32Array.from({ length: 90 }, (_, i) => -((i * 7) % 5) / 4),
  };
  const scores = scoresOf(table, logprobs);
  const chosen = { judge: 'judge:1', score: 'g-nll' };
  return {
    run: table.run,
    dataset: null,
    experimentYaml: `name: ${EVIL}`,
    alarms: [{ id: 'a', severity: 'error', judgeId: null, text: EVIL }],
    analysis: await analyseRun(table),
    uncertainty: await uncertaintyOf(table, scores),
    detail: await uncertaintyDetail(table, scores, chosen),
    tokens: tokensOf(table, logprobs, 'judge:1'),
    card: await reportCard(table, new Map()),
    version: EVIL,
    at: 0,
  };
}

describe('report.html', () => {
  test('names from files cannot break out of it, wherever they stand', async () => {
    const html = reportHtml(await contentOf(nastyTable()));
    expect(html).not.toMatch(/<script|<img|onerror='/i);
    // oxlint-disable-next-line no-control-regex -- they must not be there
    expect(html).not.toMatch(/[\u0000-\u0008\u001b]/);
    expect(html.split('&lt;script&gt;').length).toBeGreaterThan(10);
  });

  test('it fetches nothing: no address, no style sheet, no font, and a policy that forbids them', async () => {
    const html = reportHtml(await contentOf(nastyTable()));
    expect(html).not.toMatch(/https?:|<[^>]*\bsrc=|@import|url\(|<link/i);
    expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'`);
  });

  test('every drawing and table that was opened is closed, and no coordinate is NaN', async () => {
    const html = reportHtml(await contentOf(nastyTable()));
    for (const tag of ['svg', 'table', 'section', 'figure', 'text', 'tr', 'g', 'details']) {
      const opened = html.match(new RegExp(`<${tag}[ >]`, 'g'))?.length ?? 0;
      expect(html.split(`</${tag}>`).length - 1, tag).toBe(opened);
    }
    expect(html).not.toMatch(/NaN|undefined|Infinity|\[object/);
  });

  // Catches: a model that declines whatever it is unsure of, shown by its share of what it dared to answer alone.
  test('accuracy with declined answers counted stands beside the one without, here and in the terminal', async () => {
    const judges = [{ id: 1, name: 'j', verdicts: spoken('cccinnnnnn') }];
    const analysis = await analyseRun(tableOf({ judges }));
    const html = reportHtml({ ...(await contentOf(nastyTable())), analysis });
    expect(html).toMatch(/accuracy with those/);
    expect(html).toMatch(/0\.3000/);
    expect(analysisText(analysis)).toMatch(/0\.7500.*6 not attempted \(accuracy 0\.3000 with them\)/);
    expect(reportHtml(await contentOf(nastyTable()))).not.toMatch(/accuracy with those/);
  });

  // Catches: a methods paragraph that says plain Wilson of intervals that are not.
  test('the methods say how answers to one question were counted, where there are several', async () => {
    const judges = [{ id: 1, name: 'j', verdicts: spoken('ccci') }];
    const methods = async (questions: readonly number[]) =>
      reportHtml({
        ...(await contentOf(nastyTable())),
        analysis: await analyseRun(tableOf({ judges, questions })),
      });
    expect(await methods([1, 1, 2, 2])).toMatch(/count for what they are worth/);
    expect(await methods([1, 2, 3, 4])).not.toMatch(/count for what they are worth/);
  });

  test('a run without judges, log-probabilities or labels still has a report', async () => {
    const table = tableOf({ judges: [{ id: 1, name: 'j', verdicts: spoken('uuu') }] });
    const html = reportHtml({
      ...(await contentOf(nastyTable())),
      analysis: await analyseRun(table),
      uncertainty: await uncertaintyOf(table, scoresOf(table, null)),
      detail: null,
      tokens: null,
      card: null,
    });
    expect(html).toContain('nothing scored');
    expect(html).not.toContain('id="judges"');
  });
});

describe('drawing', () => {
  test('ticks are round, within the range, and no endless list', () => {
    expect(ticks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1]);
    expect(ticks(-30, 30)).toEqual([-20, 0, 20]);
    expect(ticks(3, 3)).toEqual([3]);
    expect(ticks(0, 1e-9).length).toBeLessThan(12);
  });

  test('escaping keeps what people read', () => {
    expect(escape(`a "b" & <c> 'd'\n– é`)).toBe('a &quot;b&quot; &amp; &lt;c&gt; &#39;d&#39;\n– é');
    expect(escape(null)).toBe('–');
  });
});
