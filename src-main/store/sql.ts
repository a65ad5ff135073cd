import type { Database } from 'better-sqlite3';
import type { Compilable, RawBuilder } from 'kysely';
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely';

import type { Schema } from './schema.ts';

/** Builds typed queries; it never runs one (better-sqlite3 does, at once, in the worker). */
export const query = new Kysely<Schema>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  },
});

/** SQL written out, with its values bound, as a query. */
export function raw<O>(builder: RawBuilder<O>): Compilable<O> {
  return { compile: () => builder.compile(query) };
}

/** All rows of a built query. */
export function all<O>(db: Database, built: Compilable<O>): O[] {
  const { sql, parameters } = built.compile();
  return db.prepare<unknown[], O>(sql).all(...parameters);
}

/** The first row of a built query. */
export function first<O>(db: Database, built: Compilable<O>): O | undefined {
  const { sql, parameters } = built.compile();
  return db.prepare<unknown[], O>(sql).get(...parameters);
}

/**
 * Something made once for a connection, such as its prepared statements: those of the writing paths are written as SQL
 * and prepared once, because building and preparing would cost more than running them. This SQLite is built with
 * STAT4 and prepares joins and aggregates anew whenever a value they compare with changes, five to eight microseconds each
 * time; `? + 0` or `(SELECT ?)` in place of `?` hides the value from the planner.
 */
export function perConnection<T>(make: (db: Database) => T): (db: Database) => T {
  const made = new WeakMap<Database, T>();
  return (db) => {
    const known = made.get(db);
    if (known !== undefined) return known;
    const fresh = make(db);
    made.set(db, fresh);
    return fresh;
  };
}
