import type { Migration } from './migration.ts';

/** How many items a phase's working time went into: of those that are done, some may have been stored before. */
export const workedItems: Migration = {
  version: 6,
  name: 'worked-items',
  up: (db) => {
    // 0 for what ran before this was counted: its speed a row is not known.
    db.exec('ALTER TABLE run_phase ADD COLUMN worked INTEGER NOT NULL DEFAULT 0');
  },
};
