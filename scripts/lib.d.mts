// Types of lib.mjs for tests, which are checked; the scripts themselves run before anything is installed.
type Environment = Record<string, string | undefined>;

export interface RunOptions {
  readonly env?: Environment;
  readonly cwd?: string;
  readonly quiet?: boolean;
  readonly timeoutMs?: number | null;
}
export interface RunResult {
  readonly code: number;
  readonly signal: string | null;
  readonly output: string;
}
export const projectRoot: string;
export function run(command: string, args: readonly string[], options?: RunOptions): Promise<RunResult>;
export function nodePath(): string;
export function withProjectNode(env?: Environment): Environment;
export function dataDir(env?: Environment): string;
export function isInstalled(): boolean;
export function ensureInstalled(): Promise<void>;
export function ensureBuilt(): Promise<void>;
