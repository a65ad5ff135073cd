import type { ReactNode } from 'react';

/** What is being read or computed, in words; said to those who hear the page, too. */
export function Busy({ children }: { readonly children: ReactNode }) {
  return (
    <p className="az-dim" role="status" aria-busy="true">
      {children}
    </p>
  );
}
