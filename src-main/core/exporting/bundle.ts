import { writeExperiment } from '../experiments/experiment-file.ts';
import type { SetFile } from './write-files.ts';
import { answerLine } from './jsonl.ts';
import type { ExportSource } from './source.ts';

export const BUNDLE_SCHEMA = 'assize/bundle@1';

/** The answers with their judgments: what another Assize reads. */
export const BUNDLE_ANSWERS = 'answers.jsonl';

/** With tokens, so that nothing of an answer is lost on the way. */
export async function* answersText(source: ExportSource): AsyncGenerator<string> {
  for await (const page of source.pages(true))
    yield page.map((answer) => answerLine(source.run, answer)).join('');
}

/** A bundle's files but the manifest, which needs their hashes. */
export function bundleFiles(source: ExportSource, report: string | null): SetFile[] {
  const experiment = writeExperiment(source.run.experiment);
  return [
    { name: BUNDLE_ANSWERS, text: answersText(source) },
    { name: 'experiment.yaml', text: [experiment] },
    ...(report === null ? [] : [{ name: 'report.html', text: [report] }]),
  ];
}

/** What is in the bundle, with the SHA-256 of every file, and how it was made. */
export function bundleManifest(
  source: ExportSource,
  files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[],
): string {
  const { run } = source;
  const manifest = {
    schema: BUNDLE_SCHEMA,
    made_by: { program: 'assize', version: source.version },
    made_at: source.at.toISOString(),
    run: {
      id: run.id,
      name: run.name,
      created_at: new Date(run.createdAt).toISOString(),
      status: run.status,
      answers: run.answered,
      total: run.total,
    },
    dataset: { name: run.datasetName },
    judges: source.judges.map(({ name, kind, sha256 }) => ({ name, kind, sha256 })),
    phases: run.phases.map(({ role, modelName, tokens, busyMs, loadMs, measured, provenance }) => ({
      role,
      model: modelName,
      tokens,
      busy_ms: busyMs,
      load_ms: loadMs,
      measured,
      provenance,
    })),
    files: files.map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
  };
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
