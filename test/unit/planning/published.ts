import type { GuideModel } from '../../fixtures/gguf-headers.ts';

export const RECIPES = ['Q4_K_M', 'Q8_0', 'F16'] as const;
export const BOXES = ['8GB', '24GB', '40GB', '80GB', '2x40GB', '2x80GB'] as const;

/** GiB of weights, cache and compute buffer on one CUDA card, full offload, FA on, batch 512 (fit.md, section 3). */
export const PUBLISHED: Readonly<
  Record<GuideModel, Readonly<Record<string, readonly [number, number, number]>>>
> = {
  'Llama-3.2-1B': {
    2048: [1.06, 1.53, 2.61],
    4096: [1.12, 1.6, 2.68],
    8192: [1.24, 1.72, 2.8],
    32768: [1.99, 2.47, 3.55],
  },
  'Llama-3-8B': { 2048: [4.8, 7.93, 14.48], 4096: [5.05, 8.18, 14.73], 8192: [5.55, 8.68, 15.23] },
  'Llama-2-7b': { 2048: [4.8, 7.61, 13.38], 4096: [5.8, 8.61, 14.38] },
  'Llama-3.1-70B': {
    2048: [39.93, 69.66, 130.35],
    4096: [40.55, 70.29, 130.97],
    8192: [41.8, 71.54, 132.22],
    32768: [49.3, 79.04, 139.72],
  },
  'Llama-2-70b': { 2048: [39.14, 68.7, 128.69], 4096: [39.77, 69.33, 129.32] },
};

/** fit.md counts only the logits as Llama-2's compute buffer; its feed-forward is larger (see published-figures.test.ts). */
export const LOW: Readonly<Partial<Record<GuideModel, number>>> = { 'Llama-2-7b': 0.03, 'Llama-2-70b': 0.15 };

const ALL = ['Q4_K_M', 'Q8_0', 'F16'] as const;
const SMALL = {
  '24GB': ALL,
  '40GB': ALL,
  '80GB': ALL,
  '2x40GB': ALL,
  '2x80GB': ALL,
} as const;
const LARGE = {
  '8GB': [],
  '24GB': [],
  '40GB': [],
  '80GB': ['Q4_K_M', 'Q8_0'],
  '2x40GB': ['Q4_K_M', 'Q8_0'],
  '2x80GB': ALL,
} as const;

/** What follows from those totals at 4,096 tokens: the quantizations that a box takes whole. */
export const FITS: Readonly<Record<GuideModel, Readonly<Record<(typeof BOXES)[number], readonly string[]>>>> =
  {
    'Llama-3.2-1B': { ...SMALL, '8GB': ALL },
    'Llama-3-8B': { ...SMALL, '8GB': ['Q4_K_M'] },
    'Llama-2-7b': { ...SMALL, '8GB': ['Q4_K_M'] },
    'Llama-3.1-70B': LARGE,
    'Llama-2-70b': LARGE,
  };
