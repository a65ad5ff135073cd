import { dirname, join } from 'node:path';

import { readNumber, readText } from './read-text.ts';

/** A limit on the memory of this process and its children, set by a container or a service manager. */
export interface CgroupLimit {
  readonly version: 1 | 2;
  readonly limitBytes: number;
  /** Limit less what cannot be given back: usage without the page cache that is reclaimed under pressure. */
  readonly availableBytes: number;
}

interface Mount {
  readonly version: 1 | 2;
  readonly point: string;
  readonly root: string;
}

/** cgroup v1 writes "no limit" as the largest multiple of a page below 2^63. */
const V1_NO_LIMIT = 2 ** 60;

/**
 * The tightest memory limit on the way from this process' control group up to the root, or null. Group and
 * mount come from /proc/self/cgroup and /proc/self/mountinfo; inside a container the path is often that of
 * the host and absent here, then the mount's root is the container's own group. `root` is "/" but in tests.
 */
export async function readCgroupLimit(root: string): Promise<CgroupLimit | null> {
  const [groups, mountinfo] = await Promise.all([
    readText(join(root, 'proc/self/cgroup')),
    readText(join(root, 'proc/self/mountinfo')),
  ]);
  if (groups === null || mountinfo === null) return null;
  let tightest: CgroupLimit | null = null;
  for (const mount of memoryMounts(mountinfo)) {
    const path = groupPath(groups, mount.version);
    if (path === null) continue;
    for (const folder of foldersUp(root, mount, path)) {
      const limit = await readLimit(folder, mount.version);
      if (limit !== null && (tightest === null || limit.availableBytes < tightest.availableBytes))
        tightest = limit;
    }
  }
  return tightest;
}

/** Lines of mountinfo: "36 35 98:0 ROOT POINT options… - TYPE source superoptions". */
function memoryMounts(mountinfo: string): readonly Mount[] {
  return mountinfo.split('\n').flatMap((line): Mount[] => {
    const [before, after] = line.split(' - ');
    const [, , , rootPath, point] = (before ?? '').split(' ');
    const [type, , options] = (after ?? '').split(' ');
    if (rootPath === undefined || point === undefined) return [];
    if (type === 'cgroup2') return [{ version: 2, point, root: rootPath }];
    const holdsMemory = type === 'cgroup' && (options ?? '').split(',').includes('memory');
    return holdsMemory ? [{ version: 1, point, root: rootPath }] : [];
  });
}

/** Lines of /proc/self/cgroup: "0::/path" for v2, "4:memory:/path" for v1. */
function groupPath(groups: string, version: 1 | 2): string | null {
  for (const line of groups.split('\n')) {
    const match = /^\d+:([^:]*):(.*)$/.exec(line);
    const controllers = (match?.[1] ?? '').split(',');
    if (match !== null && (version === 2 ? match[1] === '' : controllers.includes('memory')))
      return match[2] ?? null;
  }
  return null;
}

function foldersUp(root: string, mount: Mount, path: string): readonly string[] {
  const inside = mount.root !== '/' && path.startsWith(mount.root) ? path.slice(mount.root.length) : path;
  const folders: string[] = [];
  let here = join('/', inside);
  for (;;) {
    folders.push(join(root, mount.point, here));
    if (here === '/') return folders;
    here = dirname(here);
  }
}

async function readLimit(folder: string, version: 1 | 2): Promise<CgroupLimit | null> {
  const v2 = version === 2;
  const limitBytes = await readNumber(join(folder, v2 ? 'memory.max' : 'memory.limit_in_bytes'));
  if (limitBytes === null || limitBytes >= V1_NO_LIMIT) return null;
  const [usage, stat] = await Promise.all([
    readNumber(join(folder, v2 ? 'memory.current' : 'memory.usage_in_bytes')),
    readText(join(folder, 'memory.stat')),
  ]);
  const pattern = v2 ? /^inactive_file (\d+)$/m : /^total_inactive_file (\d+)$/m;
  const reclaimable = Number(pattern.exec(stat ?? '')?.[1] ?? 0);
  const held = Math.max(0, (usage ?? 0) - reclaimable);
  return { version, limitBytes, availableBytes: Math.max(0, limitBytes - held) };
}
