import type { Shape } from '../shapes.ts';
import { asItIs } from './adapted.ts';
import type { Adapter } from './adapted.ts';
import { inspect } from './inspect.ts';
import { lmEval } from './lm-eval.ts';
import { assizeAnswers } from './assize.ts';
import { fastchat, fastchatJudgments } from './fastchat.ts';
import { alpacaEval, deepeval } from './outputs.ts';
import { promptfoo } from './promptfoo.ts';
import { bioasq, squad } from './questions.ts';

const ADAPTERS: Partial<Record<Shape, Adapter>> = {
  squad,
  bioasq,
  'lm-eval-samples': lmEval,
  'inspect-eval': inspect,
  'inspect-json': inspect,
  'promptfoo-results': promptfoo,
  'alpaca-eval': alpacaEval,
  fastchat,
  'fastchat-judgments': fastchatJudgments,
  deepeval,
  'assize-answers': assizeAnswers,
};

/** Turns a record of a file of this shape into records of questions, with the answers the shape brings. */
export function adapterOf(shape: Shape): Adapter {
  return ADAPTERS[shape] ?? asItIs;
}

/** True when the adapter itself brings the answers, so that no column is to be guessed as one. */
export function bringsOwnAnswers(shape: Shape): boolean {
  return ADAPTERS[shape] !== undefined && shape !== 'squad' && shape !== 'bioasq' && shape !== 'deepeval';
}
