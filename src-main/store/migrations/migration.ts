import type { Database } from 'better-sqlite3';

/** One step of the schema. Versions go up by one; a step that was released is never edited, a new one follows it. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Runs inside the transaction of all outstanding steps. */
  readonly up: (db: Database) => void;
}
