import { readFileSync } from 'node:fs';
import { hostname, uptime } from 'node:os';
import type { RunOwner } from '../../domain/run.ts';

/** Without /proc a silent owner is taken for gone after this long: four hundred missed heartbeats. */
const SILENT_OWNER_MS = 120_000;

/** This process as the owner of runs: pid alone is not enough, since pids are used again. */
export function thisOwner(door: string): RunOwner {
  return {
    pid: process.pid,
    startTime: startTimeOf(process.pid) ?? String(Math.round(Date.now() - process.uptime() * 1000)),
    bootId: bootId(),
    hostname: hostname(),
    door,
  };
}

/**
 * Whether the owner is provably gone: another boot of this host, no such process, or another process under its pid.
 * A run of another host (a shared data directory) is never provably gone from here.
 */
export function isGone(owner: RunOwner, heartbeatAt: number, now = Date.now()): boolean {
  if (owner.hostname !== hostname()) return false;
  if (owner.bootId !== bootId()) return true;
  if (!processExists(owner.pid)) return true;
  const startTime = startTimeOf(owner.pid);
  if (startTime !== null) return startTime !== owner.startTime;
  return now - heartbeatAt > SILENT_OWNER_MS;
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

/** Start of a process in clock ticks since boot: field 22 of /proc/PID/stat, counted after the name, which may hold spaces. A zombie counts as gone. */
function startTimeOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'zombie' : (fields[19] ?? null);
  } catch {
    return null;
  }
}

/** The kernel's boot id; elsewhere the minute of the boot, which every process of that boot computes alike but for a clock change. */
function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return `boot-${Math.round((Date.now() / 1000 - uptime()) / 60)}`;
  }
}
