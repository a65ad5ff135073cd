// Types of electron.mjs for tests.
type Environment = Readonly<Record<string, string | undefined>>;

export function electronBinary(env?: Environment, packageFolder?: string, platform?: string): string | null;
export function noWindowReason(facts?: {
  readonly env?: Environment;
  readonly platform?: string;
  readonly uid?: number;
}): string | null;
export function fetchElectron(env?: Environment): Promise<void>;
