/** How the bytes hold the records. */
export type Container = 'csv' | 'tsv' | 'json' | 'jsonl' | 'parquet' | 'markdown' | 'zip' | 'bundle';

interface ShapeFacts {
  /** For a list of kinds to choose from. */
  readonly label: string;
  /** What the records bring: questions alone, or answers made elsewhere as well. */
  readonly brings: 'questions' | 'answers';
}

/** What the records are, told by their field names: the program or benchmark they come from. */
export const SHAPES = {
  questions: { label: 'Questions', brings: 'questions' },
  'multiple-choice': { label: 'Multiple choice', brings: 'questions' },
  squad: { label: 'SQuAD 1 or 2', brings: 'questions' },
  triviaqa: { label: 'TriviaQA', brings: 'questions' },
  truthfulqa: { label: 'TruthfulQA', brings: 'questions' },
  bioasq: { label: 'BioASQ', brings: 'questions' },
  simpleqa: { label: 'SimpleQA', brings: 'questions' },
  gsm8k: { label: 'GSM8K', brings: 'questions' },
  svamp: { label: 'SVAMP', brings: 'questions' },
  'openai-evals': { label: 'openai/evals samples', brings: 'questions' },
  'mt-bench': { label: 'MT-bench questions', brings: 'questions' },
  evouna: { label: 'EVOUNA', brings: 'answers' },
  'openqa-eval': { label: 'OpenQA-eval', brings: 'answers' },
  'lm-eval-samples': { label: 'lm-eval samples', brings: 'answers' },
  'inspect-eval': { label: 'Inspect log (.eval)', brings: 'answers' },
  'inspect-json': { label: 'Inspect log (JSON)', brings: 'answers' },
  'promptfoo-results': { label: 'promptfoo results', brings: 'answers' },
  'alpaca-eval': { label: 'AlpacaEval outputs', brings: 'answers' },
  fastchat: { label: 'FastChat answers', brings: 'answers' },
  'fastchat-judgments': { label: 'FastChat judgments', brings: 'answers' },
  ragas: { label: 'ragas', brings: 'answers' },
  deepeval: { label: 'deepeval', brings: 'answers' },
  'assize-answers': { label: 'Assize answers', brings: 'answers' },
} as const satisfies Record<string, ShapeFacts>;

export type Shape = keyof typeof SHAPES;

/** What a path was taken for: a shape, or what the workbench has another use for. */
export type FileKind = Shape | 'gguf' | 'folder';

/** True when the text names a shape: for a kind that comes from outside (a flag, a request). */
export function isShape(text: string): text is Shape {
  return Object.hasOwn(SHAPES, text);
}

/** Shapes in the order in which a list of kinds offers them. */
export function shapeNames(): Shape[] {
  return Object.keys(SHAPES).filter(isShape);
}
