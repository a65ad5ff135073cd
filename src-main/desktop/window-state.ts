import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface WindowState {
  readonly width: number;
  readonly height: number;
  /** Null lets the system place the window. */
  readonly position: { readonly x: number; readonly y: number } | null;
  readonly maximized: boolean;
}

/** The smallest size at which every screen works without a horizontal scroll bar. */
export const MINIMUM = { width: 1024, height: 640 } as const;

const DEFAULT: WindowState = { width: 1280, height: 800, position: null, maximized: false };

/** How much of the window must be on some display for its title bar to be within reach, in pixels. */
const REACHABLE = { width: 120, height: 40 } as const;

const stored = z.object({
  width: z.int().min(1).max(32_767),
  height: z.int().min(1).max(32_767),
  position: z.object({ x: z.int(), y: z.int() }).nullable(),
  maximized: z.boolean(),
});

/** What was written last, or the defaults when there is nothing readable. */
export function readWindowState(path: string): WindowState {
  try {
    return stored.parse(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    return DEFAULT;
  }
}

/** Written while the window closes, hence synchronously; a state that cannot be kept is no reason to disturb anyone. */
export function writeWindowState(path: string, state: WindowState): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, JSON.stringify(state));
    renameSync(`${path}.new`, path);
  } catch {
    // The next start uses the state before.
  }
}

/** A stored state on the displays of now: never smaller than usable, never where no display is any more. */
export function fitToDisplays(state: WindowState, workAreas: readonly Rectangle[]): WindowState {
  const width = Math.max(state.width, MINIMUM.width);
  const height = Math.max(state.height, MINIMUM.height);
  const { position } = state;
  const reachable =
    position !== null &&
    workAreas.some((area) => {
      const overlapX = Math.min(position.x + width, area.x + area.width) - Math.max(position.x, area.x);
      // Its top edge is where the title bar is.
      return (
        overlapX >= REACHABLE.width &&
        position.y >= area.y &&
        position.y <= area.y + area.height - REACHABLE.height
      );
    });
  return { width, height, position: reachable ? position : null, maximized: state.maximized };
}
