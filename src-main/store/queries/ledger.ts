import type { Database } from 'better-sqlite3';
import { z } from 'zod';

import type { LedgerDevice, LedgerEntry } from '../../domain/ledger.ts';
import type { StoreArgs } from '../api.ts';
import { fromJson, SHAPES } from '../json.ts';
import { all, perConnection, query } from '../sql.ts';

const bytes = z.number().nullable();
const devices: z.ZodType<LedgerDevice[]> = z.array(
  z.looseObject({
    deviceId: z.string(),
    name: z.string(),
    capacityBytes: z.number(),
    predicted: SHAPES.components,
    measured: z
      .looseObject({ weightsBytes: z.number(), kvBytes: z.number(), computeBytes: z.number() })
      .nullable(),
    processPeakBytes: bytes,
    usedBeforeBytes: bytes,
    usedPeakBytes: bytes,
    usedAfterBytes: bytes,
  }),
);
const versions = z.record(z.string(), z.string());

const statements = perConnection((db) => ({
  add: db.prepare(
    `INSERT INTO ledger (at, run_id, role, model_name, model_sha256, backend, driver, settings, total_layers, versions,
       outcome, reason, load_ms, devices)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ),
}));

export function addLedgerEntry(db: Database, a: StoreArgs<'ledger.add'>): void {
  statements(db).add.run(
    a.at,
    a.runId,
    a.role,
    a.modelName,
    a.modelSha256,
    a.backend,
    a.driver,
    JSON.stringify(a.settings),
    a.totalLayers,
    JSON.stringify(a.versions),
    a.outcome,
    a.reason,
    a.loadMs,
    JSON.stringify(a.devices),
  );
}

/** The newest first. */
export function listLedger(db: Database, a: StoreArgs<'ledger.list'>): LedgerEntry[] {
  const newest = query.selectFrom('ledger').selectAll().orderBy('id', 'desc').limit(a.limit);
  const page = a.before === null ? newest : newest.where('id', '<', a.before);
  return all(db, page).map((row) => ({
    id: row.id,
    at: row.at,
    runId: row.run_id,
    role: row.role,
    modelName: row.model_name,
    modelSha256: row.model_sha256,
    backend: row.backend,
    driver: row.driver,
    settings: fromJson(SHAPES.loadSettings, row.settings),
    totalLayers: row.total_layers,
    versions: fromJson(versions, row.versions),
    outcome: row.outcome,
    reason: row.reason,
    loadMs: row.load_ms,
    devices: fromJson(devices, row.devices),
  }));
}
