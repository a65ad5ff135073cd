import { GIB } from '../memory/ggml-types.ts';
import { checkClaim } from './guide/check.ts';
import type { CheckedClaim, ClaimVerdict } from './guide/result.ts';
import type { Claim } from './guide/claims.ts';
import { optionsSection, scenarioSections, setupsSection, tiersSection } from './guide/box-sections.ts';
import type { GuideContext } from './guide/context.ts';
import type { Guide } from './guide/document.ts';
import { llamaHeader, type LlamaShape } from './guide/llama-header.ts';
import { matrixSection, needsSection, strategiesSection } from './guide/memory-sections.ts';
import {
  createQuestions,
  type GuideAssumptions,
  type GuideDataset,
  type GuideModel,
} from './guide/questions.ts';
import { timeSection } from './guide/time-sections.ts';
import { ladder } from './quantization.ts';
import { mebibytes } from './verdict.ts';

export type { Guide, GuideTable } from './guide/document.ts';
export type { GuideAssumptions, GuideDataset, GuideModel } from './guide/questions.ts';
export type { CheckedClaim, ClaimVerdict } from './guide/result.ts';
export { parseClaims } from './guide/claims.ts';
export { parseLlamaShapes } from './guide/llama-header.ts';
export { guideHtml, guideJson, guideMarkdown } from './guide/render.ts';

/** What a guide is made from. */
export type GuideInput = Omit<GuideContext, 'questions'> & {
  /** Epoch ms. */
  readonly at: number;
  /** Claims to check; only those about models of the guide can be. */
  readonly claims: readonly Claim[];
};

/** Columns of the tables: full precision, eight bits, four bits. */
export const GUIDE_RECIPES = ['F16', 'Q8_0', 'Q4_K_M'] as const;

/** The guide's tiers, as cards there are: 8, 24, 40 and 80 GB, two of the large ones, and the largest box. */
export const GUIDE_BOXES = [
  'RTX 4060',
  'RTX 4090',
  'A100 40GB',
  'A100 80GB',
  '2x A100 40GB',
  '2x A100 80GB',
] as const;

/** Boxes to advise, by memory. */
export const ADVISED_BOXES = [
  '4GB',
  'RTX 3060 Laptop',
  'RTX 4060',
  'RTX 3060 12GB',
  'RTX 4080',
  'RTX 4090',
  'RTX 5090',
  'A100 40GB',
  'RTX 6000 Ada',
  '2x RTX 4090',
  'A100 80GB',
  '2x A100 40GB',
  'H200',
  '4x A100 40GB',
  '2x A100 80GB',
  '4x H100 SXM 80GB',
  '8x H200',
] as const;

export const GUIDE_ASSUMPTIONS: GuideAssumptions = {
  contextPerSequence: 4096,
  sequences: 1,
  batch: 512,
  flashAttention: true,
  kvType: 'f16',
  reserveBytes: 256 * 2 ** 20,
  computer: { ramBytes: 256 * GIB, physicalCores: 32, at: 0 },
};

/** A thousand open questions, where no dataset is chosen. */
export const GUIDE_DATASET: GuideDataset = {
  name: 'A dataset of short open questions',
  questions: { count: 1000, p50: 190, p99: 420, max: 600, total: 200_000 },
  answerTokens: 64,
  verdicts: { count: 1000, p50: 440, p99: 760, max: 1000, total: 450_000 },
  verdictTokens: 1,
};

/** Models of the catalogue of shapes, every file of the ladder made by rule. The two smallest answer, all but the smallest judge. */
export function guideModels(shapes: readonly LlamaShape[], judges: readonly string[]): GuideModel[] {
  return shapes.map((shape) => {
    const header = llamaHeader(shape);
    const first = { recipe: 'F16', modelId: shape.id, modelName: `${shape.name} F16`, header, atHand: false };
    const large = shape.layers > LARGE_LAYERS;
    return {
      id: shape.id,
      name: shape.name,
      roles: [
        ...(large ? [] : ['generate' as const]),
        ...(judges.includes(shape.id) ? ['judge' as const] : []),
      ],
      files: ladder([first]),
    };
  });
}

/** Models with more layers than this answer too slowly to be asked for answers in the guide. */
const LARGE_LAYERS = 48;

/** Computes the whole guide. Boxes that are not in the catalogue throw a sentence that names near ones. */
export function buildGuide(input: GuideInput): Guide {
  const { models, dataset, assumptions, cards, prices, calibration } = input;
  const questions = createQuestions(models, dataset, assumptions, { cards, prices, calibration });
  const context: GuideContext = { ...input, questions };
  const claims = input.claims.map((claim) => checkClaim(claim, context));
  return {
    title: 'GPU requirements, computed',
    at: input.at,
    assumptions: assumptionsOf(input),
    sections: [
      needsSection(context),
      ...scenarioSections(context),
      optionsSection(context),
      tiersSection(context),
      matrixSection(context),
      setupsSection(context),
      strategiesSection(context),
      timeSection(context),
    ],
    claims,
    counts: countsOf(claims),
  };
}

function countsOf(claims: readonly CheckedClaim[]): Record<ClaimVerdict, number> {
  const counts = { right: 0, wrong: 0, partly: 0, 'not checkable': 0 };
  for (const claim of claims) {
    counts[claim.verdict] += 1;
  }
  return counts;
}

function assumptionsOf({ assumptions, models }: GuideInput): string[] {
  const { contextPerSequence, sequences, batch, kvType, reserveBytes, computer } = assumptions;
  const made = models.some((m) => m.files.some((f) => !f.atHand));
  return [
    `One process a model, ${sequences} sequence${sequences === 1 ? '' : 's'} of ${contextPerSequence} tokens, batches of ${batch}, ` +
      `cache in ${kvType}, flash attention ${assumptions.flashAttention ? 'on' : 'off'}.`,
    `${mebibytes(reserveBytes)} stay free on every card; the computer has ${Math.round(computer.ramBytes / GIB)} GB of RAM.`,
    'GiB are 2^30 bytes, as cards are sold; files on disk are in GB of 10^9 bytes.',
    ...(made ? ['Files that are not at hand are sized by the rules of llama.cpp’s quantizer.'] : []),
  ];
}
