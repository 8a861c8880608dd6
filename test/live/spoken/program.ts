import { createServer } from 'node:net';
import { connect, isEvent, message } from '../../../src/wyoming/index.js';
import { type Folder, type Program, startProgram, temporaryFolder } from '../../end-to-end/program.js';
import type { Core } from '../core-rig.js';

/** The program as people start it, with a real Home Assistant for a house. */
export interface HouseProgram {
  readonly port: number;
  readonly program: Program;
  /** Asks it over Wyoming, as Home Assistant does. */
  ask(text: string, context?: Readonly<Record<string, string>>): Promise<ProgramAnswer>;
  stop(): Promise<void>;
}

export interface ProgramAnswer {
  readonly kind: 'handled' | 'not-handled';
  readonly text: string;
  /** In milliseconds. */
  readonly took: number;
}

const freePort = (): Promise<number> =>
  new Promise((found) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => found(typeof address === 'object' && address ? address.port : 0));
    });
  });

export const startHouseProgram = async (
  { url, token }: Pick<Core, 'url' | 'token'>,
  env: Readonly<Record<string, string>> = {},
): Promise<HouseProgram> => {
  const folder: Folder = temporaryFolder();
  const port = await freePort();
  const program = startProgram(['start', '--no-demo'], {
    folder,
    env: {
      EVIL_ASSISTANT_PORT: String(port),
      EVIL_ASSISTANT_BIND: '127.0.0.1',
      EVIL_ASSISTANT_HOME_ASSISTANT_URL: url,
      EVIL_ASSISTANT_HOME_ASSISTANT_TOKEN: token,
      ...env,
    },
  });
  const stop = async (): Promise<void> => {
    program.terminate();
    await program.ended;
    folder[Symbol.dispose]();
  };
  try {
    await program.until(/Ready\./);
  } catch (error) {
    await stop();
    throw error;
  }
  const ask: HouseProgram['ask'] = async (text, context) => {
    const connection = await connect(`tcp://127.0.0.1:${port}`);
    const began = performance.now();
    try {
      await connection.send(message('transcript', { text, language: 'en', ...(context && { context }) }));
      for await (const event of connection.events) {
        for (const kind of ['handled', 'not-handled'] as const) {
          if (isEvent(event, kind)) return { kind, text: event.data.text ?? '', took: performance.now() - began };
        }
      }
      throw new Error('It did not answer');
    } finally {
      await connection.close();
    }
  };
  return { port, program, ask, stop };
};
