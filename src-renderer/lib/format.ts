import { formatBytes as bytesText, formatMiB } from '../../src-main/domain/units.ts';

/** Numbers as text. Memory is binary everywhere (MiB, GiB): that is what the allocators count in. */

const DASH = '–';

const grouped = new Intl.NumberFormat('en-US');
/** A minus as wide as a figure, as charts have it: a hyphen is read over. */
const MINUS = '−';

const fixed = (digits: number, signDisplay: 'negative' | 'exceptZero' = 'negative') => {
  // No sign before what rounds to zero.
  const format = new Intl.NumberFormat('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
    signDisplay,
  });
  return { format: (value: number): string => format.format(value).replace('-', MINUS) };
};
const one = fixed(1);
const three = fixed(3);

/** Bytes as "5.12 GiB", "412 MiB"; – for null. */
export function formatBytes(bytes: number | null): string {
  return bytes === null ? DASH : bytesText(bytes);
}

/** Bytes as whole mebibytes: margins are always shown this way, so that they can be compared. */
export function formatMib(bytes: number | null): string {
  return bytes === null ? DASH : formatMiB(bytes);
}

/** "1,000"; – for null. */
export function formatCount(value: number | null): string {
  return value === null ? DASH : grouped.format(value);
}

/** "1 question", "1,000 questions". */
export function formatPlural(value: number, singular: string, plural = `${singular}s`): string {
  return `${grouped.format(value)} ${value === 1 ? singular : plural}`;
}

/** A share of one as "31.4 %"; – for null. */
export function formatPercent(share: number | null, digits = 1): string {
  return share === null || Number.isNaN(share) ? DASH : `${fixed(digits).format(share * 100)} %`;
}

/** "0.123"; – for null. */
export function formatDecimal(value: number | null, digits = 3): string {
  if (value === null || Number.isNaN(value)) return DASH;
  if (digits === 3) return three.format(value);
  return fixed(digits).format(value);
}

/** "+35.1", "−4.0", "0.0"; – for null. `unit` comes after the number. */
export function formatSigned(value: number | null, digits = 1, unit = ''): string {
  if (value === null || Number.isNaN(value)) return DASH;
  return `${fixed(digits, 'exceptZero').format(value)}${unit}`;
}

/** Seconds as "42 s", "12 min", "1 h 20 min"; – for null. Rounded as an estimate deserves. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null || !Number.isFinite(seconds)) return DASH;
  if (seconds < 1) return '<1 s';
  if (seconds < 90) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours} h ${minutes % 60} min`;
  return `${Math.round(hours / 24)} days`;
}

/** Milliseconds as "840 ms", else like formatSeconds. */
export function formatMs(ms: number | null): string {
  if (ms === null) return DASH;
  return ms < 1000 ? `${Math.round(ms)} ms` : formatSeconds(ms / 1000);
}

/** "48.2 tok/s"; – for null. */
export function formatRate(perSecond: number | null, unit = 'tok/s'): string {
  if (perSecond === null) return DASH;
  return `${perSecond >= 100 ? grouped.format(Math.round(perSecond)) : one.format(perSecond)} ${unit}`;
}

/** Parameters of a model as "1.24 B", "135 M". */
export function formatParameters(count: number | null): string {
  if (count === null || count === 0) return DASH;
  if (count >= 1e9) return `${(count / 1e9).toFixed(count >= 1e10 ? 1 : 2)} B`;
  return `${Math.round(count / 1e6)} M`;
}

const dateTime = new Intl.DateTimeFormat('en-GB', {
  year: 'numeric',
  month: 'short',
  day: '2-digit',
  hour: '2-digit',
  minute: '2-digit',
});

/** Epoch ms as "03 Feb 2026, 14:05"; – for null. */
export function formatDateTime(at: number | null): string {
  return at === null ? DASH : dateTime.format(at);
}

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' });

const minute = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' });
const day = new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: 'short' });

/** Epoch ms as "14:05:12", or without its seconds as "14:05". */
export function formatClock(at: number | null, seconds = true): string {
  return at === null ? DASH : (seconds ? clock : minute).format(at);
}

/** Epoch ms as "03 Feb". */
export function formatDay(at: number): string {
  return day.format(at);
}

/** "just now", "4 min ago", "3 h ago", then the date. */
export function formatAgo(at: number | null, now: number): string {
  if (at === null) return DASH;
  const seconds = Math.max(0, (now - at) / 1000);
  if (seconds < 45) return 'just now';
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 86_400) return `${Math.round(seconds / 3600)} h ago`;
  return formatDateTime(at);
}

/** First characters of a SHA-256, enough to tell two apart in a list. */
export function shortHash(sha256: string | null): string {
  return sha256 === null ? DASH : sha256.slice(0, 10);
}
