import type { Database } from 'better-sqlite3';

import type { MemorySample, RunEvent } from '../../domain/run.ts';
import type { StoreArgs } from '../api.ts';
import { all, perConnection, query } from '../sql.ts';
import { requireOwner } from './owner.ts';

const statements = perConnection((db) => ({
  lastEvent: db.prepare<[number], number | null>('SELECT max(seq) FROM run_event WHERE run_id = ?').pluck(),
  event: db.prepare<[number, number, number, string, string]>(
    'INSERT INTO run_event (run_id, seq, at, level, text) VALUES (?, ?, ?, ?, ?)',
  ),
  lastSample: db
    .prepare<[number], number | null>('SELECT max(seq) FROM memory_sample WHERE run_id = ?')
    .pluck(),
  sample: db.prepare<[number, number, number, number, string, number | null, number | null]>(
    `INSERT INTO memory_sample (run_id, seq, at, phase_seq, device_id, process_bytes, device_used_bytes)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
  ),
}));

/** Events are numbered from 1, without gaps. */
export function addEvents(db: Database, a: StoreArgs<'runs.addEvents'>): void {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  let seq = s.lastEvent.get(a.runId) ?? 0;
  for (const event of a.events) {
    seq += 1;
    s.event.run(a.runId, seq, event.at, event.level, event.text);
  }
}

export function listEvents(db: Database, a: StoreArgs<'runs.events'>): RunEvent[] {
  return all(
    db,
    query
      .selectFrom('run_event')
      .select(['seq', 'at', 'level', 'text'])
      .where('run_id', '=', a.runId)
      .where('seq', '>', a.afterSeq)
      .orderBy('seq')
      .limit(a.limit),
  );
}

export function addMemory(db: Database, a: StoreArgs<'runs.addMemory'>): void {
  requireOwner(db, a.runId, a.token);
  const s = statements(db);
  let seq = s.lastSample.get(a.runId) ?? 0;
  for (const sample of a.samples) {
    seq += 1;
    const { at, phaseSeq, deviceId, processBytes, deviceUsedBytes } = sample;
    s.sample.run(a.runId, seq, at, phaseSeq, deviceId, processBytes, deviceUsedBytes);
  }
}

export function listMemory(db: Database, a: StoreArgs<'runs.memory'>): MemorySample[] {
  return all(
    db,
    query.selectFrom('memory_sample').selectAll().where('run_id', '=', a.runId).orderBy('seq'),
  ).map((row) => ({
    at: row.at,
    phaseSeq: row.phase_seq,
    deviceId: row.device_id,
    processBytes: row.process_bytes,
    deviceUsedBytes: row.device_used_bytes,
  }));
}
