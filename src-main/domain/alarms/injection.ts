import { withoutLongRuns } from '../lexical/white-space.ts';

interface Marker {
  readonly name: string;
  readonly pattern: RegExp;
}

// Shapes that speak to the judge instead of answering. Kept narrow: an alarm that rings on ordinary answers
// is not read.
const MARKERS: readonly Marker[] = [
  {
    name: 'asks to ignore instructions',
    pattern:
      /\b(?:ignore|disregard|forget|override)\s+(?:all\s+|any\s+|the\s+|your\s+|these\s+|those\s+|of\s+)*(?:previous|prior|above|earlier|preceding|system|grading)\s+(?:instructions?|prompts?|rules?|directions?|text|messages?)/i,
  },
  {
    name: 'speaks to the grader',
    pattern:
      /\b(?:dear|attention|note to(?: the)?|as (?:a|an|the)|you are (?:a|an|the|now))\s+(?:\w+\s+){0,2}(?:judge|grader|evaluator|examiner|annotator)\b/i,
  },
  {
    name: 'asks for a grade',
    pattern:
      /\b(?:mark|grade|rate|score|label|judge|classify|accept|consider|evaluate)\s+(?:this|it|my|the)\s*(?:answer|response|reply|submission|output)?\s*(?:as|to be|with|:)?\s*["'“]?(?:correct|right|true|passe?d?|yes|a\b|[45](?:\s*(?:\/|out of)\s*5)?\b)/i,
  },
  {
    name: 'writes a verdict line',
    pattern: /^[^\w\n]*(?:grade|verdict|judg(?:e)?ment|final (?:grade|verdict))\s*[:=]\s*\S/im,
  },
  { name: 'writes a verdict mark', pattern: /\[\[[A-C]\]\]|\[RESULT\]|<\/?(?:verdict|grade|gold|score)>/i },
  { name: 'closes the answer block', pattern: /<\/(?:answer|response|submission|candidate)>/i },
  {
    name: 'chat turn markers',
    pattern:
      /<\|(?:im_start|im_end|eot_id|start_header_id|end_header_id|system|user|assistant|end|endoftext)\|>|\[\/?INST\]|<<\/?SYS>>|<(?:start|end)_of_turn>/i,
  },
];

/** Names of the markers in an answer that may steer a judge; empty for ordinary answers. */
export function injectionMarkers(answer: string): string[] {
  const text = withoutLongRuns(answer);
  return MARKERS.filter((marker) => marker.pattern.test(text)).map((marker) => marker.name);
}
