import type { Backend, Gpu } from '../../domain/hardware.ts';

/** Whose card it is, by its name: what Vulkan, Metal and systeminformation give instead of a vendor. */
export function vendorOf(name: string, backend: Backend): Gpu['vendor'] {
  if (backend === 'metal' || /\bapple\b/i.test(name)) return 'apple';
  if (/llvmpipe|lavapipe|swiftshader|softpipe/i.test(name)) return 'software';
  if (/nvidia|geforce|quadro|tesla|\brtx\b|\bgtx\b|jetson|\borin\b/i.test(name)) return 'nvidia';
  if (/\bamd\b|radeon|instinct|\bradv\b|\bgfx\d/i.test(name)) return 'amd';
  if (/\bintel\b|\barc\b|\biris\b|\buhd graphics\b/i.test(name)) return 'intel';
  return 'unknown';
}

/**
 * Chips that share the machine's memory, by name: Grace-Blackwell desktops and Jetsons, AMD's and Intel's
 * integrated graphics. Names are all that backends tell in common; a wrong guess only caps free memory by
 * free RAM.
 */
export function isUnifiedName(name: string): boolean {
  return (
    /\bGB10\b|\bJetson\b|\b(Orin|Thor|Xavier|Tegra)\b/i.test(name) ||
    /\bRadeon(\(TM\)|™)? (Graphics|Vega|\d{3,4}[MS]\b)/i.test(name) ||
    (/\bintel\b/i.test(name) && !/\barc\b.*\b[AB]\d{2,3}/i.test(name)) ||
    /\bapple\b/i.test(name)
  );
}

/** The same card under two backends: "NVIDIA GeForce RTX 4090" and "GeForce RTX 4090", "… (RADV NAVI31)". */
export function normalName(name: string): string {
  return name
    .toLowerCase()
    .replace(/\(.*?\)/g, ' ')
    .replace(/\b(nvidia|amd|corporation|laptop gpu)\b/g, ' ')
    .replace(/[^a-z0-9]+/g, ' ')
    .trim();
}
