import { Tooltip } from '@mantine/core';
import type { Basis } from '../../src-main/domain/plan.ts';

const MEANING: Readonly<Record<Basis, string>> = {
  exact: 'exact: from the allocator’s own rule on the real file',
  computed: 'computed: by a formula from the file’s header',
  calibrated: 'calibrated: from this machine’s own past loads',
  guessed: 'guessed: from experience, not from this machine',
};

export interface BasisWordProps {
  readonly basis: Basis;
  /** Where the number comes from, for the tooltip. */
  readonly source: string;
}

/** How far a predicted number can be trusted, in a word. */
export function BasisWord({ basis, source }: BasisWordProps) {
  return (
    <Tooltip label={`${MEANING[basis]}. ${source}`}>
      <span className="az-dim">{basis}</span>
    </Tooltip>
  );
}
