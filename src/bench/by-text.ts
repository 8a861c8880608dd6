import { createResponder } from '../conversation/responder.js';
import { type DemoHouse, openDemoHouse } from '../home/demo-house.js';
import { linePickers } from '../persona/lines.js';
import { loadPersona } from '../persona/load.js';
import { seededRandom } from '../random.js';
import type { Run, Say, Transcript } from '../stages.js';
import type { BenchCommand } from './command-list.js';
import { judge, type Verdict } from './verdict.js';

/** A house that is spoken to in writing: everything of a turn that follows recognition, but the voice. */
export interface WrittenTurns {
  readonly house: DemoHouse;
  /** What the house, as new before each, makes of what was heard. */
  judge(heard: Heard, command: BenchCommand, signal: AbortSignal): Promise<Verdict>;
  close(): void;
}

export type Heard = Pick<Transcript, 'text' | 'asCommand'>;

interface Log {
  error(details: object, message: string): void;
}

export interface WrittenTurnsOptions {
  readonly personaFile: string;
  readonly language: string;
  readonly log: Log;
}

export const openWrittenTurns = async ({ personaFile, language, log }: WrittenTurnsOptions): Promise<WrittenTurns> => {
  const house = openDemoHouse();
  const persona = await loadPersona(personaFile);
  const { respond } = createResponder({
    home: house,
    persona,
    lines: linePickers(persona, { random: seededRandom(1) }),
    unfinished: (text, spoken) => house.unfinished(text, spoken),
    log,
  });
  return {
    house,
    close: () => house.close(),
    async judge(heard, command, signal) {
      house.reset();
      const before = house.snapshot();
      const said: Transcript = { ...heard, kind: 'final', segment: 1, through: 0, engine: 'writing' };
      const run: Run = { signal: AbortSignal.any([signal]), committed: Promise.resolve(), mark: () => {} };
      const reply = respond(said, { language }, run);
      const replies: Say[] = [];
      for await (const say of reply.says) replies.push(say);
      const { outcomes } = await reply.result;
      return judge(command, { before, after: house.snapshot(), outcomes, replies });
    },
  };
};
