import type { Milliseconds } from '../units.js';

/** `promise`, or `undefined` after `limit`. */
export const within = async <T>(promise: Promise<T>, limit: Milliseconds): Promise<T | undefined> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), limit);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
