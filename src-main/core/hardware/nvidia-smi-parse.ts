const MIB = 1024 * 1024;

/** A row of `nvidia-smi --query-gpu`: bytes, %, °C, W; null where the driver says N/A or refuses. */
export interface NvidiaCard {
  readonly index: number;
  readonly uuid: string;
  readonly name: string;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
  readonly utilizationPercent: number | null;
  readonly temperatureCelsius: number | null;
  readonly powerWatts: number | null;
  readonly driver: string | null;
}

/** A slice of a card (MIG). Bytes are null until `nvidia-smi -q -x` is read. */
export interface MigSlice {
  readonly cardUuid: string;
  readonly cardIndex: number;
  /** Position among the card's slices: "Device 0" of `-L`, `<index>` of `-q -x`. */
  readonly position: number;
  readonly uuid: string;
  /** "3g.40gb": compute slices and nominal memory. */
  readonly profile: string;
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

export interface QueryResult {
  readonly cards: readonly NvidiaCard[];
  readonly notes: readonly string[];
}

export const QUERY_FIELDS = [
  'index',
  'uuid',
  'name',
  'memory.total',
  'memory.used',
  'memory.free',
  'utilization.gpu',
  'temperature.gpu',
  'power.draw',
  'driver_version',
] as const;

type Row = ReadonlyMap<string, string>;

/**
 * Reads what `nvidia-smi --query-gpu=… --format=csv` wrote, whatever it wrote: rows become cards, everything
 * else becomes a sentence. Columns are found by the header's names, so a reordered or shortened table is read
 * too.
 */
export function parseQueryGpu(text: string): QueryResult {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  const at = lines.findIndex((line) => /^\s*index\s*,/.test(line));
  if (at < 0) return { cards: [], notes: [explainFailure(text)] };
  const header = splitRow(lines[at] ?? '').map((cell) => cell.replace(/\s*\[.*\]$/, ''));
  const cards: NvidiaCard[] = [];
  const notes: string[] = [];
  for (const line of [...lines.slice(0, at), ...lines.slice(at + 1)]) {
    const card = toCard(toRow(header, splitRow(line)));
    if (card !== null) cards.push(card);
    else notes.push(explainFailure(line));
  }
  return { cards, notes };
}

/**
 * A sentence for a line or a whole answer of nvidia-smi that is not a table: what it means and what to do.
 */
export function explainFailure(text: string): string {
  const said = text.trim();
  const handle = /Unable to determine the device handle for GPU\s*([0-9A-Fa-f:.]+)?/.exec(said);
  if (handle !== null) {
    const where = handle[1] === undefined ? '' : ` at ${handle[1].replace(/:$/, '')}`;
    return `The NVIDIA card${where} does not answer its driver: restart the computer, and check the card's power and seat if it stays away.`;
  }
  if (/GPU is lost/i.test(said))
    return 'An NVIDIA card has dropped off its bus: restart the computer to get it back.';
  if (/version mismatch/i.test(said))
    return "NVIDIA's driver and its library are of different versions (an update without a restart): restart the computer.";
  if (/couldn't communicate with the NVIDIA driver/i.test(said))
    return "nvidia-smi cannot reach NVIDIA's driver: install or load the driver, or restart after a kernel update.";
  if (/Failed to initialize NVML/i.test(said))
    return "nvidia-smi cannot start NVIDIA's management library: inside a container restart the container, else restart the computer.";
  if (/No devices were found/i.test(said)) return 'nvidia-smi is installed but finds no NVIDIA card.';
  if (/not a valid field to query/i.test(said))
    return "This nvidia-smi is too old for Assize's question: update NVIDIA's driver.";
  if (said === '') return 'nvidia-smi wrote nothing: its cards are left out.';
  const start = said.split('\n')[0]?.slice(0, 80) ?? '';
  return `nvidia-smi wrote something that is not a row of its table ("${start}"): that part is left out.`;
}

/** `nvidia-smi -L`: cards with their MIG slices beneath them. Lines of neither kind are ignored. */
export function parseGpuList(text: string): readonly MigSlice[] {
  const slices: MigSlice[] = [];
  let card: { index: number; uuid: string } | null = null;
  for (const line of text.split(/\r?\n/)) {
    const head = /^GPU\s+(\d+):.*\(UUID:\s*(GPU-[0-9a-fA-F-]+)\)/.exec(line);
    if (head !== null) card = { index: Number(head[1]), uuid: head[2] ?? '' };
    const slice = /^\s+MIG\s+(\S+)\s+Device\s+(\d+):\s*\(UUID:\s*(MIG-[^)\s]+)\)/.exec(line);
    if (slice === null || card === null) continue;
    slices.push({
      cardUuid: card.uuid,
      cardIndex: card.index,
      position: Number(slice[2]),
      uuid: slice[3] ?? '',
      profile: slice[1] ?? '',
      totalBytes: null,
      usedBytes: null,
      freeBytes: null,
    });
  }
  return slices;
}

/** Fills the slices' memory from `nvidia-smi -q -x`; a slice that it does not name keeps its nulls. */
export function withSliceMemory(slices: readonly MigSlice[], xml: string): readonly MigSlice[] {
  const memory = new Map<string, MigMemory>();
  for (const gpu of elements(xml, 'gpu')) {
    const uuid = /<uuid>\s*(GPU-[0-9a-fA-F-]+)\s*<\/uuid>/.exec(gpu)?.[1];
    if (uuid === undefined) continue;
    for (const device of elements(gpu, 'mig_device')) {
      const position = /<index>\s*(\d+)\s*<\/index>/.exec(device)?.[1];
      const fb = elements(device, 'fb_memory_usage')[0];
      if (position !== undefined && fb !== undefined) memory.set(`${uuid}/${position}`, toMigMemory(fb));
    }
  }
  return slices.map((slice) => ({ ...slice, ...memory.get(`${slice.cardUuid}/${slice.position}`) }));
}

export interface ComputeApp {
  readonly pid: number;
  readonly gpuUuid: string;
  /** Null under WSL and Windows' WDDM, where the driver does not say. */
  readonly usedBytes: number | null;
}

/** `nvidia-smi --query-compute-apps=pid,gpu_uuid,used_memory --format=csv`. */
export function parseComputeApps(text: string): readonly ComputeApp[] {
  const apps: ComputeApp[] = [];
  for (const line of text.split(/\r?\n/)) {
    const [pid, gpuUuid, used] = splitRow(line);
    if (pid === undefined || gpuUuid === undefined || !/^\d+$/.test(pid)) continue;
    apps.push({ pid: Number(pid), gpuUuid, usedBytes: mebibytes(used) });
  }
  return apps;
}

interface MigMemory {
  readonly totalBytes: number | null;
  readonly usedBytes: number | null;
  readonly freeBytes: number | null;
}

function toMigMemory(fb: string): MigMemory {
  const read = (tag: string): number | null => mebibytes(elements(fb, tag)[0]?.trim());
  return { totalBytes: read('total'), usedBytes: read('used'), freeBytes: read('free') };
}

/** Contents of the elements of one name; they are not nested in themselves in nvidia-smi's XML. */
function elements(xml: string, tag: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${tag}(?:\\s[^>]*)?>([\\s\\S]*?)</${tag}>`, 'g'))].map(
    (match) => match[1] ?? '',
  );
}

function splitRow(line: string): string[] {
  return line.split(',').map((cell) => cell.trim());
}

/** Cells by column name. A card's name may hold commas: surplus cells belong to it. */
function toRow(header: readonly string[], cells: readonly string[]): Row | null {
  const surplus = cells.length - header.length;
  if (surplus < 0) return null;
  const nameAt = header.indexOf('name');
  if (surplus > 0 && nameAt < 0) return null;
  const joined =
    surplus === 0
      ? cells
      : [
          ...cells.slice(0, nameAt),
          cells.slice(nameAt, nameAt + surplus + 1).join(', '),
          ...cells.slice(nameAt + surplus + 1),
        ];
  return new Map(header.map((column, i) => [column, joined[i] ?? '']));
}

function toCard(row: Row | null): NvidiaCard | null {
  const index = row?.get('index');
  if (row === null || index === undefined || !/^\d+$/.test(index)) return null;
  const totalBytes = mebibytes(row.get('memory.total'));
  const usedBytes = mebibytes(row.get('memory.used'));
  const freeBytes = mebibytes(row.get('memory.free'));
  return {
    index: Number(index),
    uuid: word(row.get('uuid')) ?? `nvidia:${index}`,
    name: word(row.get('name')) ?? 'NVIDIA card without a name',
    totalBytes,
    usedBytes,
    freeBytes: freeBytes ?? (totalBytes !== null && usedBytes !== null ? totalBytes - usedBytes : null),
    utilizationPercent: quantity(row.get('utilization.gpu')),
    temperatureCelsius: quantity(row.get('temperature.gpu')),
    powerWatts: quantity(row.get('power.draw')),
    driver: word(row.get('driver_version')),
  };
}

/**
 * "[N/A]", "[Not Supported]", "[Insufficient Permissions]", "[Unknown Error]", "N/A", "ERR!" are all no
 * answer.
 */
function word(cell: string | undefined): string | null {
  return cell === undefined || /^(\[.*\]|N\/A|ERR!|)$/.test(cell) ? null : cell;
}

function quantity(cell: string | undefined): number | null {
  const digits = /^(\d+(?:\.\d+)?)(?:\s*[A-Za-z%]+)?$/.exec(word(cell) ?? '');
  return digits === null ? null : Number(digits[1]);
}

function mebibytes(cell: string | undefined): number | null {
  const value = quantity(cell);
  return value === null ? null : value * MIB;
}
