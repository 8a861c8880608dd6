import { WyomingError } from './wyoming-error.js';

export type Address =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'stdio' };

/** sockaddr_un holds 108 bytes on Linux, 104 elsewhere, the terminating zero included. */
const UNIX_PATH_BYTES = 103;

/** `tcp://host:port` (IPv6 in brackets), `unix:///path` or `stdio://`. Throws `uri`. */
export const parseUri = (uri: string): Address => {
  const [, scheme, rest] = /^([a-z]+):\/\/(.*)$/i.exec(uri) ?? [];
  switch (scheme?.toLowerCase()) {
    case 'tcp':
      return tcpAddress(uri, rest!);
    case 'unix':
      return unixAddress(uri, rest!);
    case 'stdio':
      if (rest !== '') throw bad(uri, 'nothing follows stdio://');
      return { kind: 'stdio' };
    default:
      throw bad(uri, 'it has to begin with tcp://, unix:// or stdio://');
  }
};

/** The address as `parseUri` takes it. */
export const formatUri = (address: Address): string => {
  switch (address.kind) {
    case 'tcp':
      return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
    case 'unix':
      return `unix://${address.path}`;
    case 'stdio':
      return 'stdio://';
  }
};

const tcpAddress = (uri: string, rest: string): Address => {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-f:.]+(?:%[\w.-]+)?)\]|([^\s:/?#@[\]]+)):(\d{1,5})\/?$/i.exec(rest) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined) throw bad(uri, 'a host and a port are needed, as tcp://192.168.1.5:10300');
  const port = Number(digits);
  if (port > 65_535) throw bad(uri, 'a port is at most 65535');
  return { kind: 'tcp', host, port };
};

const unixAddress = (uri: string, path: string): Address => {
  if (!path.startsWith('/')) throw bad(uri, 'the path has to be absolute, as unix:///run/wyoming.sock');
  if (path.includes('\0')) throw bad(uri, 'the path holds a zero byte');
  if (Buffer.byteLength(path) > UNIX_PATH_BYTES) throw bad(uri, `the path is longer than ${UNIX_PATH_BYTES} bytes`);
  return { kind: 'unix', path };
};

const bad = (uri: string, why: string): WyomingError =>
  new WyomingError('uri', `"${uri.slice(0, 200)}" is no address: ${why}.`);
