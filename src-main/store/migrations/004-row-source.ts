import type { Migration } from './migration.ts';

/** The columns of a row's record that its metadata do not hold, so that an export gives the record its hash was taken over. */
export const rowSource: Migration = {
  version: 4,
  name: 'row-source',
  up: (db) => {
    db.exec('ALTER TABLE dataset_row ADD COLUMN source TEXT');
  },
};
