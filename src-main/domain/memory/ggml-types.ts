/** Elements and bytes of one block of a tensor type: ggml's own table (ggml.c, type_traits; block structs of ggml-common.h). */
interface BlockLayout {
  readonly elements: number;
  readonly bytes: number;
}

const LAYOUTS: Readonly<Record<string, BlockLayout>> = {
  F32: { elements: 1, bytes: 4 },
  F16: { elements: 1, bytes: 2 },
  BF16: { elements: 1, bytes: 2 },
  F64: { elements: 1, bytes: 8 },
  I8: { elements: 1, bytes: 1 },
  I16: { elements: 1, bytes: 2 },
  I32: { elements: 1, bytes: 4 },
  I64: { elements: 1, bytes: 8 },
  Q1_0: { elements: 128, bytes: 18 },
  Q2_0: { elements: 64, bytes: 18 },
  Q4_0: { elements: 32, bytes: 18 },
  Q4_1: { elements: 32, bytes: 20 },
  Q5_0: { elements: 32, bytes: 22 },
  Q5_1: { elements: 32, bytes: 24 },
  Q8_0: { elements: 32, bytes: 34 },
  Q8_1: { elements: 32, bytes: 36 },
  Q2_K: { elements: 256, bytes: 84 },
  Q3_K: { elements: 256, bytes: 110 },
  Q4_K: { elements: 256, bytes: 144 },
  Q5_K: { elements: 256, bytes: 176 },
  Q6_K: { elements: 256, bytes: 210 },
  Q8_K: { elements: 256, bytes: 292 },
  IQ1_S: { elements: 256, bytes: 50 },
  IQ1_M: { elements: 256, bytes: 56 },
  IQ2_XXS: { elements: 256, bytes: 66 },
  IQ2_XS: { elements: 256, bytes: 74 },
  IQ2_S: { elements: 256, bytes: 82 },
  IQ3_XXS: { elements: 256, bytes: 98 },
  IQ3_S: { elements: 256, bytes: 110 },
  IQ4_NL: { elements: 32, bytes: 18 },
  IQ4_XS: { elements: 256, bytes: 136 },
  TQ1_0: { elements: 256, bytes: 54 },
  TQ2_0: { elements: 256, bytes: 66 },
  MXFP4: { elements: 32, bytes: 17 },
  NVFP4: { elements: 64, bytes: 36 },
};

/** Names of every tensor type whose size is known. */

/**
 * The layout of a type, matched without case ("q4_K" is "Q4_K"). Throws a sentence for a type that is not known:
 * its bytes cannot be guessed.
 */
export function blockLayout(type: string): BlockLayout {
  const layout = LAYOUTS[type] ?? LAYOUTS[type.toUpperCase()];
  if (layout === undefined) {
    throw new Error(
      `The tensor type ${type} is not known, so its size cannot be computed; update Assize or use another file.`,
    );
  }
  return layout;
}

/** Bytes of a row of `elements`; ggml_row_size. */
export function rowBytes(type: string, elements: number): number {
  const layout = blockLayout(type);
  return (elements / layout.elements) * layout.bytes;
}

/** Bytes of a tensor laid out without gaps. */
export function tensorBytes(type: string, dimensions: readonly number[]): number {
  let rows = 1;
  for (let i = 1; i < dimensions.length; i++) {
    rows *= dimensions[i] ?? 1;
  }
  return rowBytes(type, dimensions[0] ?? 1) * rows;
}

/** Whether values are stored in blocks with shared scales (ggml_is_quantized). */
export function isQuantized(type: string): boolean {
  return blockLayout(type).elements > 1;
}

/** `value` rounded up to a multiple of `multiple`. */
export function padTo(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

export const MIB = 1024 * 1024;
export const GIB = 1024 * MIB;
