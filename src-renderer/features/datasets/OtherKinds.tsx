import { Button } from '@mantine/core';
import { kindLabel } from '../../lib/kinds.ts';

/** The other shapes that the records could be read as. */
export function OtherKinds({
  kinds,
  onKind,
}: {
  readonly kinds: readonly string[];
  readonly onKind: (kind: string) => void;
}) {
  if (kinds.length === 0) return null;
  return (
    <div style={{ display: 'flex', gap: 8, flexWrap: 'wrap', alignItems: 'center' }}>
      <span className="az-dim">Read it as</span>
      {kinds.map((kind) => (
        <Button key={kind} variant="default" onClick={() => onKind(kind)}>
          {kindLabel(kind)}
        </Button>
      ))}
    </div>
  );
}
