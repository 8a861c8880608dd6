import { readdir } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildChain, parseProfile } from '../../src/effects/profile.js';
import { openSlots } from '../../src/persona/fill.js';
import { loadPersona, type Persona } from '../../src/persona/load.js';
import type { Lines } from '../../src/persona/schema.js';
import { SITUATION_NAMES, type SituationName, situation } from '../../src/persona/situations.js';
import { sentences } from '../../src/text/split.js';
import { toMilliseconds } from '../../src/units.js';

const folder = new URL('../../personas/', import.meta.url).pathname;
const load = (id: string): Promise<Persona> => loadPersona(`${folder}${id}.yaml`);
const entries = (lines: Lines): [SituationName, string][] =>
  SITUATION_NAMES.flatMap((name) => (lines[name] ?? []).map((line): [SituationName, string] => [name, line]));
const linesOf = (persona: Persona): [SituationName, string][] => [
  ...entries(persona.lines.en!),
  ...entries(persona.adult.en ?? {}),
];
const bare = (line: string): string => line.toLowerCase().replace(/[^a-z{} ]/g, '');
const isDaily = (name: string): boolean => /^(done|acknowledgement|not_understood)\b/.test(name);
const wordCount = (line: string): number => line.split(' ').length;
const breaking = (
  lines: readonly [SituationName, string][],
  rule: (line: string, name: SituationName) => boolean,
): string[] => lines.filter(([name, line]) => rule(line, name)).map(([name, line]) => `${name}: ${line}`);

const RATE = 22_050;
const ids = (await readdir(folder)).filter((file) => file.endsWith('.yaml')).map((file) => basename(file, '.yaml'));
const all = await Promise.all(ids.map(load));
const demon = all.find(({ id }) => id === 'demon')!;

/**
 * What every persona of ours but the first holds to, in English. `act` are words of the role: they have no place where
 * it must be understood. `never` is what this one would not say anywhere.
 */
export async function describeManners(id: string, { act, never }: { act: RegExp; never: RegExp }): Promise<void> {
  const persona = await load(id);
  const family = persona.lines.en!;
  const everyLine = linesOf(persona);

  describe(`the manners of ${id}`, () => {
    it.each(SITUATION_NAMES)('has enough to say for %s', (name) => {
      const least = situation(name).plain ? 3 : isDaily(name) ? 12 : 8;
      expect(family[name]?.length ?? 0).toBeGreaterThanOrEqual(least);
    });

    it('says no line in two ways, and none of another persona', () => {
      const others = all.filter((other) => other.id !== id);
      const seen = new Map(
        others.flatMap((other) => linesOf(other).map(([name, line]) => [bare(line), `${name} of ${other.id}`])),
      );
      const twice: string[] = [];
      for (const [name, line] of everyLine) {
        if (seen.has(bare(line))) twice.push(`${name} and ${seen.get(bare(line))}: ${line}`);
        seen.set(bare(line), name);
      }
      expect(twice).toEqual([]);
    });

    it('is brief: eight words for what is heard daily, fourteen at most', () => {
      expect(
        breaking(everyLine, (line, name) => !situation(name).plain && wordCount(line) > (isDaily(name) ? 8 : 14)),
      ).toEqual([]);
    });

    it('writes nothing that a voice would stumble over', () => {
      const speakable = /^[A-Z{][A-Za-z',:?. {}]*[.?]$/;
      expect(breaking(everyLine, (line) => !speakable.test(line))).toEqual([]);
      expect(breaking(everyLine, (line) => /\b(?:e\.g|i\.e|etc|vs|approx)\b|\b[A-Z]{2,}\b/.test(line))).toEqual([]);
    });

    it('begins each sentence with a capital', () => {
      const small = (line: string): boolean => sentences(line).some((part) => !/^(?:[A-Z]|\{[A-Z])/.test(part));
      expect(breaking(everyLine, small)).toEqual([]);
    });

    it('puts an article before a bare name, and no verb after it that tells one from many', () => {
      expect(breaking(everyLine, (line) => /(?<!\bthe )\{(?:name|area)\}/i.test(line))).toEqual([]);
      expect(breaking(everyLine, (line) => /\bthe \{(?:[Nn]ames|[Ff]ailed|[Vv]alue)\}/i.test(line))).toEqual([]);
      expect(
        breaking(everyLine, (line) => /\{\w*(?:ame|ames|ailed)\} (?:is|was|are|were|has|have|\w+s)\b/.test(line)),
      ).toEqual([]);
    });

    it('begins most done-lines with words that can be rendered beforehand', () => {
      const done = entries(family).filter(([name]) => name.startsWith('done'));
      const late = done.filter(([, line]) => openSlots(sentences(line)[0]!).length > 0);
      expect(late.length).toBeLessThan(done.length / 10);
    });

    it('claims nothing while it waits, fails or does not understand', () => {
      const silent =
        /^(taunt|loading|acknowledgement|greeting|not_understood|unfinished|nothing_heard|error|failed|fact|exclamation|unclaimed)/;
      expect(
        breaking(everyLine, (line, name) => silent.test(name) && /\b(?:done|obeyed|completed|fulfilled)\b/i.test(line)),
      ).toEqual([]);
    });

    it('says that something was so already, and not that it was made so now', () => {
      const already = entries(family).filter(([name]) => name.startsWith('already.'));
      expect(
        breaking(already, (line) =>
          /\b(?:I (?:opened|closed|locked|lit|woke|unlocked|switched|enabled)|done now)\b/.test(line),
        ),
      ).toEqual([]);
    });

    it('names what there is to choose from', () => {
      const which = entries(family).filter(([name]) => name === 'which');
      expect(breaking(which, (line) => !/\{names\}\?$/.test(line))).toEqual([]);
    });

    it('is fit for every ear in the house', () => {
      const unfit =
        /\b(?:hell|damn\w*|devil|bloody|blood|bastard|bitch|ass|arse|crap|piss\w*|shit\w*|fuck\w*|sex\w*|naked|drunk|wine|gin|whisky|kill\w*|murder\w*|torture\w*|tormenting|die|dies|rot|slut|whore|god|jesus|christ|satan)\b/i;
      expect(breaking(entries(family), (line) => unfit.test(line))).toEqual([]);
    });

    it('stays clear of slurs, cruelty and what it would never say, in any tone', () => {
      const cruel =
        /\b(?:retard\w*|spastic|cripple\w*|gyps\w*|tranny|fag\w*|dyke|homo|negro|coon|chink|paki|kike|fat|ugly|orphan\w*|bab(?:y|ies)|child(?:ren)?|kids?|infant\w*|pupp(?:y|ies)|kitten\w*|dogs?|cats?|kill yourself|hang yourself|drown yourself|hurt yourself|fuck\w*|cunt|rape\w*|nazi\w*|hitler)\b/i;
      expect(breaking(everyLine, (line) => cruel.test(line) || never.test(line))).toEqual([]);
    });

    it('drops the act where it must be understood', () => {
      const plain = entries(family).filter(([name]) => situation(name).plain);
      expect(breaking(plain, (line) => act.test(line))).toEqual([]);
      for (const { say } of Object.values(persona.safety.en!)) {
        expect(say).toMatch(/^[A-Z][A-Za-z',\-. ]*[.]$/);
        expect(say).not.toMatch(act);
      }
    });

    it('notices danger by the same words as the demon', () => {
      for (const [topic, { contains, whole }] of Object.entries(demon.safety.en!)) {
        expect(persona.safety.en).toHaveProperty(topic, expect.objectContaining({ contains, whole }));
      }
    });

    it('is silenced and dismissed by all that silences and dismisses the demon, but for its name', () => {
      const { hush, farewell } = persona.stop.en!;
      expect(hush).toEqual(expect.arrayContaining([...demon.stop.en!.hush]));
      expect(farewell).toEqual(expect.arrayContaining(demon.stop.en!.farewell.filter((said) => !/demon/.test(said))));
    });

    it('answers a language model in its own words, briefly', () => {
      expect(persona.examples.en?.length).toBeGreaterThanOrEqual(4);
      for (const { answer } of persona.examples.en!) {
        expect(answer).not.toMatch(/\d/);
        expect(wordCount(answer)).toBeLessThanOrEqual(24);
      }
      expect(persona.prompt.en).toContain(`You are ${persona.name}`);
      expect(persona.prompt.en).toMatch(/drop the\s+act/);
    });

    it('has effects that can be built and hold the voice up for less than 20 ms besides a period of it', () => {
      const { delay } = buildChain(parseProfile(persona.effects, id), RATE);
      const lowest = JSON.stringify(persona.effects).match(/"lowest":(\d+)/)?.[1];
      const period = lowest === undefined ? 0 : 1_000 / Number(lowest);
      expect(toMilliseconds(delay, RATE) - period).toBeLessThan(20);
    });
  });
}
