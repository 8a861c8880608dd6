import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type TarEvent, tarParser } from '../../src/models/tar.js';
import { readZipDirectory } from '../../src/models/zip.js';
import { tarOf, zipOf } from './archives.js';

const read = (bytes: Buffer, cuts: readonly number[]) => {
  const parser = tarParser();
  const edges = [0, ...[...cuts].map((it) => it % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  const events: TarEvent[] = edges.slice(1).flatMap((to, index) => [...parser.push(bytes.subarray(edges[index], to))]);
  const files: { path: string; data: Buffer }[] = [];
  let open: { path: string; size: number; parts: Buffer[] } | undefined;
  for (const event of events) {
    if (event.kind === 'file') open = { path: event.path, size: event.size, parts: [] };
    else if (event.kind === 'data') open!.parts.push(Buffer.from(event.chunk));
    else {
      files.push({ path: open!.path, data: Buffer.concat(open!.parts) });
      open = undefined;
    }
  }
  return { files, ended: parser.ended };
};

test('a tar archive reads the same however it is cut into chunks', () => {
  const members = fc.array(
    fc.record({
      path: fc.string({ unit: fc.constantFrom(...'abc/_é'), minLength: 1, maxLength: 40 }),
      data: fc.uint8Array({ maxLength: 1500 }).map((it) => Buffer.from(it)),
    }),
    { maxLength: 5 },
  );
  fc.assert(
    fc.property(members, fc.array(fc.nat(), { maxLength: 20 }), (files, cuts) => {
      expect(read(tarOf(files), cuts)).toEqual({ files, ended: true });
    }),
  );
});

test('names longer than a header has room for come from the pax header before it', () => {
  const path = `package/${'deep/'.repeat(40)}model.onnx`;
  const files = [
    { path, data: Buffer.from('long') },
    { path: 'short', data: Buffer.from('s') },
  ];
  expect(read(tarOf(files), [1, 700, 1500]).files).toEqual(files);
});

test('bytes that are no tar archive are refused', () => {
  expect(() => tarParser().push(Buffer.alloc(512, 'x'))).toThrow('no tar archive');
});

test('a zip archive that is cut off, or is none, is refused', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'zip-'));
  const bytes = zipOf([
    { path: 'a', data: Buffer.from('stored') },
    { path: 'b/c', data: Buffer.alloc(5000, 'deflated') },
  ]);
  const directoryOf = async (content: Buffer) => {
    writeFileSync(join(folder, 'it.zip'), content);
    const file = await open(join(folder, 'it.zip'));
    try {
      return await readZipDirectory(file);
    } finally {
      await file.close();
    }
  };
  try {
    expect((await directoryOf(bytes)).map(({ path, size, method }) => [path, size, method])).toEqual([
      ['a', 6, 0],
      ['b/c', 5000, 8],
    ]);
    await expect(directoryOf(bytes.subarray(0, bytes.length - 5))).rejects.toThrow('truncated');
    await expect(directoryOf(Buffer.from('hello'))).rejects.toThrow('no zip archive');
  } finally {
    rmSync(folder, { recursive: true });
  }
});
