import { isIPv4 } from 'node:net';
import { Fault } from '../faults.js';

/**
 * Waits until speech may leave the house. Without a promise that says so it never may: what nobody has decided
 * must not leave by oversight.
 */
export const mayLeave = async (committed: Promise<void> | undefined, signal: AbortSignal): Promise<void> => {
  signal.throwIfAborted();
  if (!committed)
    throw new Fault('internal', 'A model outside the house was asked by a turn that says nothing of committing');
  await new Promise<void>((resolve, reject) => {
    const give = () => reject(signal.reason);
    const settle = () => signal.removeEventListener('abort', give);
    signal.addEventListener('abort', give, { once: true });
    committed.then(resolve, reject).finally(settle);
  });
};

/** Whether an address is plainly of this machine or this house's network: no public name, no public number. */
export const isInHouse = (url: string): boolean => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (isThisMachine(url)) return true;
  if (isIPv4(host)) return /^(10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(host);
  if (host.includes(':')) return /^(f[cd]|fe[89ab])/.test(host); // RFC 4193, RFC 4291
  return !host.includes('.') || /\.(local|lan|home|internal|home\.arpa|fritz\.box)$/.test(host);
};

/** Whether a server is on this very machine, so that its cores are ours. */
export const isThisMachine = (url: string): boolean => {
  const host = new URL(url).hostname.replace(/^\[|\]$/g, '').toLowerCase();
  // Add-ons and containers on one host call each other by names of a single word: `76e18fb5-ollama`.
  return host === 'localhost' || host === '::1' || /^127\./.test(host) || /(^|-)ollama$/.test(host);
};
