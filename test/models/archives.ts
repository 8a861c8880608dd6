import { crc32, deflateRawSync, gzipSync } from 'node:zlib';

/** Archives made by hand, so that the readers are not tested with their own writers. */

export interface Member {
  readonly path: string;
  readonly data: Buffer;
}

const header = (path: string, size: number, type: string): Buffer => {
  const block = Buffer.alloc(512);
  block.write(path.slice(0, 100), 0);
  block.write('0000644\0', 100);
  block.write('0000000\0', 108);
  block.write('0000000\0', 116);
  block.write(`${size.toString(8).padStart(11, '0')}\0`, 124);
  block.write('00000000000\0', 136);
  block.write('        ', 148);
  block.write(type, 156);
  block.write('ustar\0' + '00', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

const padded = (data: Buffer): Buffer => Buffer.concat([data, Buffer.alloc((512 - (data.length % 512)) % 512)]);

const paxPath = (path: string): Buffer => {
  const rest = ` path=${path}\n`;
  let length = rest.length + 1;
  while (`${length}${rest}`.length !== length) length = `${length}${rest}`.length;
  const record = Buffer.from(`${length}${rest}`);
  return Buffer.concat([header('PaxHeader', record.length, 'x'), padded(record)]);
};

/** Names of more than 100 characters get a pax header. */
export const tarOf = (members: readonly Member[]): Buffer =>
  Buffer.concat([
    ...members.flatMap(({ path, data }) => [
      ...(path.length > 100 ? [paxPath(path)] : []),
      header(path, data.length, '0'),
      padded(data),
    ]),
    Buffer.alloc(1024),
  ]);

/** As npm makes them: everything in `package/`. */
export const npmTarball = (members: readonly Member[]): Buffer =>
  gzipSync(tarOf(members.map(({ path, data }) => ({ path: `package/${path}`, data }))));

/** The first member is stored, the others are deflated. */
export const zipOf = (members: readonly Member[]): Buffer => {
  const locals: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [index, { path, data }] of members.entries()) {
    const name = Buffer.from(path);
    const method = index === 0 ? 0 : 8;
    const body = method === 0 ? data : deflateRawSync(data);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(method, 4);
    common.writeUInt32LE(typeof crc32 === 'function' ? crc32(data) : 0, 10);
    common.writeUInt32LE(body.length, 14);
    common.writeUInt32LE(data.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\u0003\u0004'), common, name, body]);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(at, 10);
    directory.push(Buffer.concat([Buffer.from('PK\u0001\u0002'), Buffer.from([20, 0]), common, tail, name]));
    locals.push(local);
    at += local.length;
  }
  const listing = Buffer.concat(directory);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(members.length, 4);
  end.writeUInt16LE(members.length, 6);
  end.writeUInt32LE(listing.length, 8);
  end.writeUInt32LE(at, 12);
  return Buffer.concat([...locals, listing, Buffer.from('PK\u0005\u0006'), end]);
};
