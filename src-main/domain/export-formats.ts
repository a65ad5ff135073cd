interface FormatFacts {
  /** For a menu. */
  readonly label: string;
  /** Of the one file; a set of files is a folder or a zip. */
  readonly ending: string;
  /** Several files that belong together. */
  readonly set: boolean;
}

/** What a run can be written as. */
export const EXPORT_FORMATS = {
  csv: { label: 'Long table, CSV', ending: '.csv', set: false },
  'csv-wide': { label: 'Wide table, CSV: a row an answer', ending: '.wide.csv', set: false },
  parquet: { label: 'Long table, Parquet', ending: '.parquet', set: false },
  jsonl: { label: 'Everything, JSON Lines', ending: '.jsonl', set: false },
  bundle: { label: 'Bundle for another Assize', ending: '.assize.zip', set: true },
  inspect: { label: 'Inspect log', ending: '.json', set: false },
  'lm-eval': { label: 'lm-eval results and samples', ending: '.lm-eval.zip', set: true },
  'promptfoo-json': { label: 'promptfoo results', ending: '.promptfoo.json', set: false },
  'promptfoo-csv': { label: 'promptfoo tests, CSV', ending: '.promptfoo.csv', set: false },
  'alpaca-eval': { label: 'AlpacaEval outputs', ending: '.alpaca-eval.json', set: false },
  fastchat: { label: 'FastChat answers and judgments', ending: '.fastchat.zip', set: true },
  'openai-evals': { label: 'openai/evals samples', ending: '.openai-evals.jsonl', set: false },
} as const satisfies Record<string, FormatFacts>;

export type ExportFormat = keyof typeof EXPORT_FORMATS;

export function isExportFormat(text: string): text is ExportFormat {
  return Object.hasOwn(EXPORT_FORMATS, text);
}

/** Formats in the order in which a menu offers them. */
export function exportFormats(): ExportFormat[] {
  return Object.keys(EXPORT_FORMATS).filter(isExportFormat);
}
