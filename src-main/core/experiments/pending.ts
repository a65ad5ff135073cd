/** Rows read at a time: a second's work or more for any engine, a few MB of text. */
export const PAGE = 256;

/** What is pending, page by page in run order, as it stands when each page is read. */
export async function* pages<T extends { readonly position: number }>(
  read: (after: number) => Promise<readonly T[]>,
): AsyncGenerator<readonly T[]> {
  let after = -1;
  for (;;) {
    const page = await read(after);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    after = last.position;
  }
}
