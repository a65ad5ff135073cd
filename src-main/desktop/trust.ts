import { originOf } from './origin.ts';

/** The part of Electron's IpcMainInvokeEvent that decides whether the sender is our page. */
export interface Sender {
  readonly sender: { readonly id: number; readonly mainFrame: unknown };
  readonly senderFrame: {
    readonly url: string;
    readonly parent: unknown;
    readonly detached: boolean;
  } | null;
}

/**
 * True when a message comes from the main frame of a window of ours that shows our page. The frame is null, detached or throws when it
 * navigated away meanwhile: then it is nobody's.
 */
export function isTrustedSender(event: Sender, windowIds: ReadonlySet<number>, origin: string): boolean {
  try {
    const frame = event.senderFrame;
    if (frame === null || frame.detached || frame.parent !== null) return false;
    return (
      windowIds.has(event.sender.id) && frame === event.sender.mainFrame && originOf(frame.url) === origin
    );
  } catch {
    return false;
  }
}
