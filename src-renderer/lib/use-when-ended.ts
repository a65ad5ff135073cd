import { useEffect, useRef } from 'react';

/** Calls `then` when something that was live while it was looked at has ended: its last rows came with the end. */
export function useWhenEnded(live: boolean, then: () => void): void {
  const was = useRef(live);
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    if (was.current && !live) latest.current();
    was.current = live;
  }, [live]);
}
