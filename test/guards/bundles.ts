import { existsSync, readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { parseSync } from 'vite';

export const OUT = join(import.meta.dirname, '..', '..', 'out');

export interface Reach {
  /** Files of out/main that loading this one loads, by name, itself included. */
  readonly files: ReadonlySet<string>;
  /** Packages it imports, statically or not: "electron", "@orpc/server". */
  readonly packages: ReadonlySet<string>;
}

const BUILTIN = new Set(builtinModules);

/** What an ES module names in its imports: `now` is loaded with it, `later` by a dynamic import whose address is plain text. */
export function importsOf(code: string): { readonly now: string[]; readonly later: string[] } {
  const { module, errors } = parseSync('x.js', code);
  if (errors.length > 0) throw new Error(`this is no module: ${errors[0]?.message}`);
  const again = module.staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest }) => (moduleRequest === null ? [] : [moduleRequest.value])),
  );
  const now = [...module.staticImports.map(({ moduleRequest }) => moduleRequest.value), ...again];
  const later = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const text = /^["'`]([^"'`$]+)["'`]$/.exec(code.slice(start, end))?.[1];
    return text === undefined ? [] : [text];
  });
  return { now: [...new Set(now)], later };
}

/** Everything reachable from an entry of out/main, through chunks. */
export function reachOf(entry: string): Reach {
  const root = join(OUT, 'main');
  const files = new Set<string>();
  const packages = new Set<string>();
  const visit = (path: string): void => {
    const name = relative(root, path);
    if (files.has(name)) return;
    files.add(name);
    const { now, later } = importsOf(readFileSync(path, 'utf8'));
    for (const target of [...now, ...later]) {
      if (!target.startsWith('.')) {
        if (!target.startsWith('node:') && !BUILTIN.has(target)) packages.add(packageOf(target));
        continue;
      }
      const next = join(dirname(path), target);
      if (!existsSync(next)) throw new Error(`${name} imports ${target}, which the build did not write`);
      visit(next);
    }
  };
  visit(join(root, entry));
  return { files, packages };
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}
