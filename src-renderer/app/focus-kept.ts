import { useEffect } from 'react';

const REACHABLE =
  'a[href], button:not(:disabled), input:not(:disabled), textarea:not(:disabled), select:not(:disabled), summary, [tabindex]:not([tabindex="-1"])';

/**
 * What goes away by its own action (a chip's ×, a removed row, a button that another takes the place of) takes the focus along, and a
 * keyboard starts again from the top of the window. Here the focus goes to what stands in its place, else to the page. A button that
 * was disabled while it worked has the focus back.
 */
export function useFocusKept(): void {
  useEffect(() => {
    let held: Element | null = null;
    const onFocus = (): void => {
      held = document.activeElement;
    };
    const onBlur = ({ target }: FocusEvent): void => {
      // Left by hand, if it is still there when what takes things away has done so.
      queueMicrotask(() => {
        if (held === target && held instanceof Element && held.isConnected && !held.matches(':disabled'))
          held = null;
      });
    };
    const observer = new MutationObserver((records) => {
      const lost = held;
      const next = lost === null ? null : nextOf(lost, records);
      next?.focus({ preventScroll: true });
    });
    document.addEventListener('focusin', onFocus);
    document.addEventListener('focusout', onBlur);
    observer.observe(document.body, {
      childList: true,
      subtree: true,
      attributes: true,
      attributeFilter: ['disabled'],
    });
    return () => {
      document.removeEventListener('focusin', onFocus);
      document.removeEventListener('focusout', onBlur);
      observer.disconnect();
    };
  }, []);
}

/** Who has the focus after an element that had it; null where it is not lost, or comes back by itself. */
function nextOf(lost: Element, records: readonly MutationRecord[]): HTMLElement | null {
  if (document.activeElement !== document.body) return null;
  // Not to its neighbour while it is disabled: who presses Enter twice would do something else.
  if (lost.isConnected) return lost instanceof HTMLButtonElement && !lost.disabled ? lost : null;
  const gone = records.find(({ removedNodes }) => [...removedNodes].some((node) => node.contains(lost)));
  return gone === undefined ? page() : inPlaceOf(gone);
}

const page = (): HTMLElement | null => document.querySelector<HTMLElement>('#main');

/** What comes after it, else what is before it, as near as there is; the page itself where all of the page went. */
function inPlaceOf({ target, nextSibling, previousSibling }: MutationRecord): HTMLElement | null {
  const main = page();
  let place: Node | null = target;
  // What took its place may have come after it went: what now follows what was before it.
  const followed = previousSibling === null ? target.firstChild : previousSibling.nextSibling;
  let [after, before] = [followed ?? nextSibling, previousSibling];
  // Up to the page, or to what is over it: a menu, a dialog.
  while (
    place !== null &&
    place !== main &&
    place.parentNode !== main &&
    place.parentNode !== document.body
  ) {
    const found = firstIn(after, 'nextSibling') ?? firstIn(before, 'previousSibling');
    if (found !== null) return found;
    [after, before] = [place.nextSibling, place.previousSibling];
    place = place.parentNode;
  }
  return main;
}

function firstIn(from: Node | null, way: 'nextSibling' | 'previousSibling'): HTMLElement | null {
  for (let node = from; node !== null; node = node[way]) {
    if (!(node instanceof HTMLElement)) continue;
    const all = [
      ...(node.matches(REACHABLE) ? [node] : []),
      ...node.querySelectorAll<HTMLElement>(REACHABLE),
    ];
    const found = way === 'nextSibling' ? all[0] : all.at(-1);
    if (found !== undefined) return found;
  }
  return null;
}
