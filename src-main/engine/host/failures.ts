/** The sentences of a child's end. */
import { EngineError } from '../engine.ts';
import { PROTOCOL_VERSION } from '../protocol.ts';

export interface RawExit {
  readonly code: number | null;
  readonly signal: string | null;
}

export function seconds(ms: number): string {
  return `${Math.round(ms / 100) / 10} s`;
}

export function garbage(cause?: unknown): EngineError {
  const message =
    'The engine sent something that is no message of this protocol and was ended. Resume the run.';
  return new EngineError('protocol', message, { cause });
}

export function otherVersion(protocol: number): EngineError {
  return new EngineError(
    'protocol',
    `The engine speaks protocol ${protocol}, this workbench ${PROTOCOL_VERSION}: ` +
      'they are of different versions. Install Assize again.',
  );
}

export function unexpectedEnd(exit: RawExit, tail: readonly string[]): EngineError {
  const how = exit.signal === null ? `with code ${exit.code ?? 'unknown'}` : `by ${exit.signal}`;
  const said = tail.at(-1);
  const last = said === undefined ? '' : ` Its last words: ${said}`;
  const message = `The engine's process ended unexpectedly, ${how}. Finished rows are kept.${last}`;
  return new EngineError('crashed', message);
}

export function couldNotStart(error: Error): EngineError {
  return new EngineError('crashed', `The engine's process could not be started: ${error.message}`, {
    cause: error,
  });
}

/** What `start` returns. A system says some reasons not to start a process at once: no memory, too long an environment. */
export function started<T>(start: () => T): T {
  try {
    return start();
  } catch (error) {
    throw couldNotStart(error instanceof Error ? error : new Error(String(error)));
  }
}

export function stopped(): EngineError {
  return new EngineError('cancelled', 'The engine was stopped.');
}
