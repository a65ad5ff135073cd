import { randomBytes } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve as resolvePath } from 'node:path';

/**
 * What a page may name: an id that a door gave out for a file, never a path of its own making. The desktop grants what a dialog or
 * a drop named, serve what was uploaded, the terminal what was typed, core what it exported.
 */
export interface Grants {
  /**
   * Registers an existing file or folder and returns its id: 128 random bits, the same id for the same real path.
   * Throws Node's ENOENT or EACCES when there is nothing to grant.
   */
  grantPath(path: string): string;
  /** The real path under an id; null when the id is unknown, or when the file went away or became a link to elsewhere since. */
  resolve(id: string): string | null;
  /** Forgets an id. What core is reading already is not interrupted. */
  revoke(id: string): void;
}

/** An honest session drops some hundreds of files; what is older than this many grants is forgotten, so memory stays bounded. */
const MAX_GRANTS = 10_000;

/** A table of grants for one process. `limit` is for tests. */
export function createGrants(limit: number = MAX_GRANTS): Grants {
  const pathById = new Map<string, string>();
  const idByPath = new Map<string, string>();

  function revoke(id: string): void {
    const path = pathById.get(id);
    if (path === undefined) return;
    pathById.delete(id);
    idByPath.delete(path);
  }

  return {
    grantPath(path) {
      const real = realpathSync(resolvePath(path));
      const known = idByPath.get(real);
      if (known !== undefined) return known;
      const id = randomBytes(16).toString('base64url');
      pathById.set(id, real);
      idByPath.set(real, id);
      // A Map keeps its order of insertion: the first key is the oldest grant.
      const oldest = pathById.size > limit ? pathById.keys().next().value : undefined;
      if (oldest !== undefined) revoke(oldest);
      return id;
    },
    resolve(id) {
      const path = pathById.get(id);
      if (path === undefined) return null;
      try {
        return realpathSync(path) === path ? path : null;
      } catch {
        return null;
      }
    },
    revoke,
  };
}
