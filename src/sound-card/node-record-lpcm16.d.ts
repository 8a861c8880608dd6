/** The part that is used of the package, which brings no types. */
declare module 'node-record-lpcm16' {
  import type { ChildProcessByStdio } from 'node:child_process';
  import type { Readable } from 'node:stream';

  interface Recording {
    readonly process: ChildProcessByStdio<null, Readable, Readable>;
    stream(): Readable;
  }
  const lpcm16: { record(options: Readonly<Record<string, unknown>>): Recording };
  export default lpcm16;
}
