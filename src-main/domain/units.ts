const STEPS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export const MIB = 2 ** 20;

/** Binary units, as llama.cpp and nvidia-smi mean them: "93.8 MiB", "7.43 GiB". Three significant digits. */
export function formatBytes(bytes: number): string {
  let value = Math.abs(bytes);
  let step = 0;
  while (value >= 1024 && step < STEPS.length - 1) {
    value /= 1024;
    step += 1;
  }
  const digits = step === 0 || value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return `${bytes < 0 ? '−' : ''}${value.toFixed(digits)} ${STEPS[step]}`;
}

/** Whole MiB with thousands separated: margins, which are compared with one another. */
export function formatMiB(bytes: number): string {
  const sign = bytes < 0 ? '−' : '';
  return `${sign}${Math.round(Math.abs(bytes) / MIB).toLocaleString('en')} MiB`;
}
