import { readdir } from 'node:fs/promises';
import { join } from 'node:path';

import { readNumber, readText } from './read-text.ts';

/** A graphics card as Linux' DRM drivers show it. Only amdgpu writes its memory there. */
export interface SysfsCard {
  readonly card: string;
  readonly vendor: 'nvidia' | 'amd' | 'intel' | 'unknown';
  readonly name: string | null;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly utilizationPercent: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerWatts: number | null;
}

const VENDORS: Readonly<Record<string, SysfsCard['vendor']>> = {
  '0x10de': 'nvidia',
  '0x1002': 'amd',
  '0x8086': 'intel',
};

/** Reads /sys/class/drm/card*; empty where there is none. `root` is "/" but in tests. */
export async function readSysfsCards(root: string): Promise<readonly SysfsCard[]> {
  const base = join(root, 'sys/class/drm');
  const names = await readdir(base).catch(() => []);
  const cards = names.filter((name) => /^card\d+$/.test(name));
  cards.sort((a, b) => Number(a.slice(4)) - Number(b.slice(4)));
  return Promise.all(cards.map((card) => readCard(card, join(base, card, 'device'))));
}

async function readCard(card: string, device: string): Promise<SysfsCard> {
  const [vendor, name, totalBytes, usedBytes, busy, sensors] = await Promise.all([
    readText(join(device, 'vendor')),
    readText(join(device, 'product_name')),
    readNumber(join(device, 'mem_info_vram_total')),
    readNumber(join(device, 'mem_info_vram_used')),
    readNumber(join(device, 'gpu_busy_percent')),
    readSensors(device),
  ]);
  return {
    card,
    vendor: VENDORS[vendor ?? ''] ?? 'unknown',
    name: name === '' ? null : name,
    totalBytes,
    usedBytes,
    utilizationPercent: busy,
    ...sensors,
  };
}

/** hwmon writes thousandths of a degree and millionths of a watt. */
async function readSensors(
  device: string,
): Promise<{ temperatureCelsius: number | null; powerWatts: number | null }> {
  const [monitor] = await readdir(join(device, 'hwmon')).catch(() => []);
  if (monitor === undefined) return { temperatureCelsius: null, powerWatts: null };
  const at = join(device, 'hwmon', monitor);
  const [temperature, average, input] = await Promise.all([
    readNumber(join(at, 'temp1_input')),
    readNumber(join(at, 'power1_average')),
    readNumber(join(at, 'power1_input')),
  ]);
  const power = average ?? input;
  return {
    temperatureCelsius: temperature === null ? null : temperature / 1e3,
    powerWatts: power === null ? null : power / 1e6,
  };
}
