import type { Card } from '../cards.ts';
import type { Price } from '../cost.ts';
import type { QualityTable } from '../quantization.ts';
import type { SpeedCalibration } from '../speed.ts';
import type { GuideAssumptions, GuideDataset, GuideModel, Questions } from './questions.ts';

/** What every section of the guide draws on. */
export interface GuideContext {
  readonly models: readonly GuideModel[];
  readonly dataset: GuideDataset;
  readonly assumptions: GuideAssumptions;
  readonly cards: readonly Card[];
  readonly prices: readonly Price[];
  readonly quality: QualityTable | null;
  readonly calibration: SpeedCalibration;
  /** Quantizations that get columns of their own. */
  readonly recipes: readonly string[];
  /** Boxes of the tables, smallest first. */
  readonly boxes: readonly string[];
  /** Boxes to advise, smallest first. */
  readonly advised: readonly string[];
  readonly questions: Questions;
}

export function modelsFor(context: GuideContext, role: 'generate' | 'judge'): GuideModel[] {
  return context.models.filter((m) => m.roles.includes(role));
}
