type CsvCell = string | number | boolean | null;

/** A record by RFC 4180, without its line end. */
export function csvRecord(cells: readonly CsvCell[]): string {
  return cells.map(csvCell).join(',');
}

/** What a spreadsheet takes for a formula: by its first sign, also behind spaces and in full width, or a line or tab that begins a cell. */
const FORMULA = /^(?:[\s\ufeff]*[=+\-@＝＋－＠]|[\t\r\n])/;
/** No formula but a number, whatever it is worth: "-5", "+3.2", "-1,000", "-5%". */
const SIGNED_NUMBER = /^[+-][\d.,]+%?$/;

/**
 * One cell. Text that a spreadsheet would take for a formula gets an apostrophe in front: answers of models and questions of files must
 * not run there. Numbers are left as they are, also those that are texts. NaN and null are nothing.
 */
function csvCell(value: CsvCell): string {
  if (value === null || Number.isNaN(value)) return '';
  if (typeof value !== 'string') return String(value);
  const text = FORMULA.test(value) && !SIGNED_NUMBER.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
