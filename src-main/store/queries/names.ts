import type { Database } from 'better-sqlite3';

import { perConnection } from '../sql.ts';

const statements = perConnection((db) => ({
  model: db.prepare<[string], number>('SELECT id FROM system WHERE model_sha256 = ?').pluck(),
  imported: db
    .prepare<[string], number>('SELECT id FROM system WHERE model_sha256 IS NULL AND name = ?')
    .pluck(),
  addSystem: db.prepare<[string | null, string]>('INSERT INTO system (model_sha256, name) VALUES (?, ?)'),
  decoding: db.prepare<[string], number>('SELECT id FROM decoding WHERE sha256 = ?').pluck(),
  addDecoding: db.prepare<[string]>('INSERT INTO decoding (sha256) VALUES (?)'),
}));

/** The decoding of answers that were made elsewhere. */
export const IMPORTED_DECODING = 0;

export function findModel(db: Database, modelSha256: string): number | null {
  return statements(db).model.get(modelSha256) ?? null;
}

/** A model is known by its content; the name it was first seen under stays. */
export function ensureModel(db: Database, modelSha256: string, name: string): number {
  return (
    findModel(db, modelSha256) ?? Number(statements(db).addSystem.run(modelSha256, name).lastInsertRowid)
  );
}

export function ensureImportedSystem(db: Database, name: string): number {
  const s = statements(db);
  return s.imported.get(name) ?? Number(s.addSystem.run(null, name).lastInsertRowid);
}

export function findDecoding(db: Database, sha256: string): number | null {
  return statements(db).decoding.get(sha256) ?? null;
}

export function ensureDecoding(db: Database, sha256: string): number {
  return findDecoding(db, sha256) ?? Number(statements(db).addDecoding.run(sha256).lastInsertRowid);
}
