interface Closable {
  close(): Promise<void>;
}

/** All of them, or none: where one cannot be opened the others are closed. */
export const together = async <const T extends readonly Promise<Closable>[]>(
  opening: T,
): Promise<{ [K in keyof T]: Awaited<T[K]> }> => {
  const settled = await Promise.allSettled(opening);
  const failed = settled.find((one) => one.status === 'rejected');
  if (!failed) return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as never;
  for (const one of settled) {
    if (one.status === 'fulfilled') await one.value.close();
  }
  throw failed.reason;
};
