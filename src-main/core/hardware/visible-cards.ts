import type { NvidiaReading } from './nvidia-smi.ts';

export interface VisibleCards extends Pick<NvidiaReading, 'cards' | 'slices'> {
  readonly notes: readonly string[];
}

/**
 * CUDA_VISIBLE_DEVICES holds for the engine too: a list of indexes or UUID beginnings; -1 or nothing hides all.
 */
export function visibleCards({ cards, slices }: NvidiaReading, variable: string | undefined): VisibleCards {
  if (variable === undefined || cards.length === 0) return { cards, slices, notes: [] };
  const wanted = variable.split(',').map((part) => part.trim());
  const named = (uuid: string): boolean =>
    wanted.some((part) => /^(GPU|MIG)-/.test(part) && uuid.startsWith(part));
  const keptSlices = slices.some((slice) => named(slice.uuid))
    ? slices.filter((slice) => named(slice.uuid))
    : slices;
  const kept = cards.filter(
    (card) =>
      named(card.uuid) ||
      wanted.includes(String(card.index)) ||
      (keptSlices !== slices && keptSlices.some((slice) => slice.cardUuid === card.uuid)),
  );
  const hidden = cards.length - kept.length;
  const note = `CUDA_VISIBLE_DEVICES=${variable} hides ${hidden} of ${cards.length} NVIDIA cards from Assize.`;
  return { cards: kept, slices: keptSlices, notes: hidden === 0 ? [] : [note] };
}
