import type { Graph } from './builder.ts';
import type { GraphRequest } from './state.ts';
import { transformerGraph } from './transformer.ts';

/** How the compute graph of an architecture is built, and whether that is llama.cpp's own graph or a stand-in. */
export interface GraphRecipe {
  readonly known: boolean;
  readonly build: (request: GraphRequest) => Graph;
}

const STAND_IN: GraphRecipe = {
  known: false,
  build: (request) => transformerGraph(request, { norm: 'rms', activation: 'silu' }),
};

const RECIPES: Readonly<Record<string, GraphRecipe>> = {
  llama: { known: true, build: (request) => transformerGraph(request, { norm: 'rms', activation: 'silu' }) },
};

/** The recipe for an architecture; a Llama-shaped stand-in where it is not known. */
export function graphBuilderFor(architecture: string): GraphRecipe {
  return RECIPES[architecture] ?? STAND_IN;
}

export function isKnownArchitecture(architecture: string): boolean {
  return RECIPES[architecture] !== undefined;
}
