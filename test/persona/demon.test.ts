import { describe, expect, it } from 'vitest';
import { openSlots } from '../../src/persona/fill.js';
import { loadPersona } from '../../src/persona/load.js';
import type { Lines } from '../../src/persona/schema.js';
import { SITUATION_NAMES, type SituationName, situation } from '../../src/persona/situations.js';
import { sentences } from '../../src/text/split.js';

const demon = await loadPersona(new URL('../../personas/demon.yaml', import.meta.url).pathname);
const family = demon.lines.en!;
const adult = demon.adult.en!;

const entries = (lines: Lines): [SituationName, string][] =>
  SITUATION_NAMES.flatMap((name) => (lines[name] ?? []).map((line): [SituationName, string] => [name, line]));
const everyLine = [...entries(family), ...entries(adult)];
const warnings = Object.values(demon.safety.en!).map(({ say }) => say);

const isDaily = (name: string): boolean => /^(done|acknowledgement|not_understood)\b/.test(name);
const wordCount = (line: string): number => line.split(' ').length;
const breaking = (lines: [SituationName, string][], rule: (line: string, name: SituationName) => boolean): string[] =>
  lines.filter(([name, line]) => rule(line, name)).map(([name, line]) => `${name}: ${line}`);

describe('the demon', () => {
  it.each(SITUATION_NAMES)('has enough to say for %s', (name) => {
    const least = situation(name).plain ? 3 : isDaily(name) ? 12 : 8;
    expect(family[name]?.length ?? 0).toBeGreaterThanOrEqual(least);
  });

  it('says no line in two ways', () => {
    const seen = new Map<string, string>();
    const twice: string[] = [];
    for (const [name, line] of everyLine) {
      const key = line.toLowerCase().replace(/[^a-z{} ]/g, '');
      if (seen.has(key)) twice.push(`${name} and ${seen.get(key)}: ${line}`);
      seen.set(key, name);
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
    expect(warnings.filter((line) => !/^[A-Z][A-Za-z',\-. ]*[.]$/.test(line))).toEqual([]);
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
      /^(taunt|loading|acknowledgement|greeting|not_understood|unfinished|nothing_heard|error|failed|fact)/;
    expect(
      breaking(
        everyLine,
        (line, name) =>
          silent.test(name) &&
          /\bdone\b|\bobeyed\b/i.test(line.replace('Well done', '').replace(/(?:would|will) not obey/, '')),
      ),
    ).toEqual([]);
  });

  it('says that something was so already, wherever it was', () => {
    const already = entries(family).filter(([name]) => name.startsWith('already.'));
    expect(
      breaking(already, (line) => /\b(?:I (?:opened|closed|locked|lit|woke|unlocked)|done now)\b/.test(line)),
    ).toEqual([]);
  });

  it('names what there is to choose from', () => {
    const which = entries(family).filter(([name]) => name === 'which');
    expect(breaking(which, (line) => !/\{names\}\?$/.test(line))).toEqual([]);
  });

  it('is fit for every ear in the house', () => {
    const unfit =
      /\b(?:hell|damn\w*|devil|bloody|blood|bastard|bitch|ass|arse|crap|piss\w*|shit\w*|fuck\w*|sex\w*|naked|drunk|whisky|kill\w*|murder\w*|torture\w*|tormenting|die|dies|rot|slut|whore|god|jesus|christ|satan)\b/i;
    expect(breaking(entries(family), (line) => unfit.test(line))).toEqual([]);
  });

  it('stays clear of slurs and cruelty in any tone', () => {
    const never =
      /\b(?:retard\w*|spastic|cripple\w*|gyps\w*|tranny|fag\w*|dyke|homo|negro|coon|chink|paki|kike|fat|ugly|orphan\w*|bab(?:y|ies)|child(?:ren)?|kids?|infant\w*|pupp(?:y|ies)|kitten\w*|dogs?|cats?|kill yourself|hang yourself|drown yourself|hurt yourself|fuck\w*|cunt|rape\w*|nazi\w*|hitler)\b/i;
    expect(breaking(everyLine, (line) => never.test(line))).toEqual([]);
  });

  it('drops the act where it must be understood', () => {
    const plain = entries(family).filter(([name]) => situation(name).plain);
    const act = /\b(?:mortal|demon|abyss|doom|claw|shadows?|eternity|pit|minion)\b/i;
    expect(breaking(plain, (line) => act.test(line))).toEqual([]);
    expect(warnings.filter((line) => act.test(line))).toEqual([]);
    expect(warnings.filter((line) => /\d/.test(line))).toEqual([]);
  });
});
