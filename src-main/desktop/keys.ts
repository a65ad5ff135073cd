import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { KEY_VARIABLE } from '../domain/servers.ts';

/** Electron's safeStorage, as far as it is used. Works once the app is ready. */
export interface SafeStoragePart {
  isEncryptionAvailable(): boolean;
  encryptString(text: string): Buffer;
  decryptString(encrypted: Buffer): string;
  /** Linux only. */
  getSelectedStorageBackend?(): string;
}

export interface KeptKeys {
  /** Why no key can be kept here, as a sentence; null when it can. */
  readonly problem: string | null;
  /** Names of the variables that a key is kept under, sorted; never a key. */
  readonly variables: readonly string[];
}

export interface KeyStore {
  list(): KeptKeys;
  /** Encrypts and writes. Throws a sentence, without the key, when it cannot be kept. */
  keep(variable: string, key: string): void;
  forget(variable: string): void;
  /**
   * The key under the name of a variable: what was kept, else the environment's; null when there is none. Only names of
   * keys: nothing else of an environment is ever handed out.
   */
  read(variable: string): string | null;
}

/** What can stand in a header. */
const KEY = /^[\x21-\x7e]{4,2000}$/;

const stored = z.record(z.string().regex(KEY_VARIABLE), z.base64());

/**
 * Keys of the desktop, encrypted by the system's own store (Keychain, DPAPI, kwallet, the secret service), as one file of
 * mode 0600. Where the system has none nothing is written.
 * @param path keys.json in the data directory.
 */
export function createKeyStore(
  safe: SafeStoragePart,
  path: string,
  env: Readonly<Record<string, string | undefined>>,
): KeyStore {
  const problem = (): string | null => {
    if (!safe.isEncryptionAvailable()) {
      return 'This system offers no encrypted store for keys, so none is kept. Set the environment variable before Assize is started.';
    }
    // Chromium's fallback: a password that is the same on every machine.
    if (safe.getSelectedStorageBackend?.() === 'basic_text') {
      return 'No keyring (the secret service or kwallet) answers in this session, so no key is kept. Unlock one, or set the environment variable before Assize is started.';
    }
    return null;
  };
  const readAll = (): Record<string, string> => {
    try {
      return stored.parse(JSON.parse(readFileSync(path, 'utf8')));
    } catch {
      return {};
    }
  };
  const writeAll = (keys: Readonly<Record<string, string>>): void => {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, JSON.stringify(keys, null, 2), { mode: 0o600 });
    renameSync(`${path}.new`, path);
  };
  return {
    list: () => ({ problem: problem(), variables: Object.keys(readAll()).toSorted() }),
    keep(variable, key) {
      const sentence = problem();
      if (sentence !== null) throw new Error(sentence);
      if (!KEY_VARIABLE.test(variable))
        throw new Error('The name has to end in API_KEY, such as OPENAI_API_KEY.');
      const trimmed = key.trim();
      if (!KEY.test(trimmed))
        throw new Error('This is not a key: keys have no spaces and no other alphabets.');
      writeAll({ ...readAll(), [variable]: safe.encryptString(trimmed).toString('base64') });
    },
    forget(variable) {
      const { [variable]: _, ...others } = readAll();
      writeAll(others);
    },
    read(variable) {
      if (!KEY_VARIABLE.test(variable)) return null;
      const encrypted = readAll()[variable];
      if (encrypted === undefined || problem() !== null) return env[variable] ?? null;
      try {
        return safe.decryptString(Buffer.from(encrypted, 'base64'));
      } catch {
        // Written under another account, or the system's store was emptied: as if it were not there.
        return env[variable] ?? null;
      }
    },
  };
}
