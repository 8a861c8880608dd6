/** Makes a meaning of what Core has recognised: which things, what risk, and whether the sentence may go on. */
import type { House } from '../../home-assistant/house.js';
import type { Risk, TurnContext } from '../../stages.js';
import type { Recognised } from './answers.js';
import type { Effect } from './effects.js';
import { isExtendable } from './extendable.js';
import { intentCalled, takesTargets } from './intents.js';
import type { Meaning } from './meaning.js';
import { type OwnSentences, worst } from './own-sentences.js';
import { areaCalled } from './places.js';
import { isEnglish, REASONS, whyNothing } from './reasons.js';
import { type RiskRules, riskOf } from './risk.js';
import { domainOf } from './state.js';
import { isAtLeast, NAMES_ITS_TARGETS, targetsOf } from './targets.js';

export interface Judge {
  readonly rules: RiskRules;
  /** What is guarded is done after a spoken yes; else it is refused. */
  readonly allowGuarded: boolean;
  readonly own: OwnSentences;
  readonly coreVersion: () => string;
  /** What a sentence would mean that is to be carried out later. */
  readonly later: (text: string) => Promise<Meaning | undefined>;
}

type Draft = Omit<Meaning, 'risk' | 'extendable' | 'asked' | 'edition' | 'cannot'>;

/** Undefined for what is none of a home's business, such as small talk. Asks Core about the user's own scripts and automations. */
export async function meaningOf(
  recognised: Recognised,
  said: { readonly text: string; readonly context: TurnContext },
  house: House,
  { rules, allowGuarded, own, later, coreVersion }: Judge,
): Promise<Omit<Meaning, 'asked' | 'edition'> | undefined> {
  const { source, slots, texts } = recognised;
  const { context } = said;
  const name = source === 'trigger' ? 'trigger' : (recognised.intent ?? '');
  const intent = source === 'trigger' ? undefined : intentCalled(name);
  if (intent?.kind === 'talk' && source === 'builtin') return undefined;
  const here = context.device === undefined ? areaCalled(context.area, house) : house.areaOf(context.device);
  const version = coreVersion();
  const targets = targetsOf({ recognised, domains: intent?.domains, house, here, version });
  if (isBareName(recognised, said.text) && !targets.some((id) => CALLED_BY_NAME.has(domainOf(id)))) return undefined;
  const draft: Draft = { ...said, intent: name, kind: kindOf(intent?.kind), slots, texts, targets };
  const extendable = isExtendable({ ...draft, template: recognised.template }, house);
  const settle = (risk: Risk, cannot?: Meaning['cannot']): Omit<Meaning, 'asked' | 'edition'> => {
    // Too many things at once are asked about; a lock among them stays what it is.
    const onlyMany =
      targets.length > rules.confirmAbove &&
      riskOf({ intent: name, slots, targets }, house, { ...rules, confirmAbove: Number.POSITIVE_INFINITY }) !==
        'guarded';
    const refused = risk === 'guarded' && !allowGuarded && !onlyMany;
    if (cannot === undefined && !refused) return { ...draft, extendable, risk };
    const why = cannot ?? { name: nameFor(draft, house), reason: 'that is not allowed' };
    return { ...draft, extendable, risk: 'harmless', cannot: why };
  };

  const command = slots.conversation_command;
  if (typeof command === 'string') {
    // Core will do it when the time has come, and nobody is asked then.
    const meant = await later(command);
    return meant && settle(meant.risk, meant.cannot);
  }
  if (intent?.kind === 'question') {
    const hidden = texts.name !== undefined && targets.length === 0 && isEnglish(context.language);
    const why = hidden ? whyNothing(draft, house) : undefined;
    return settle('harmless', why?.reason === REASONS.hidden ? why : undefined);
  }
  if (draft.kind === 'own') {
    const effect = source === 'trigger' ? await own.ofTrigger(recognised.template, house) : 'unknown';
    return settle(rules.marked.has(name) ? 'guarded' : (RISK_OF_EFFECT[effect] ?? 'wide'));
  }
  if (targets.length === 0) {
    // Where Core does not name its targets it might find some all the same, and nobody would have judged them.
    const blind = intent?.kind === 'change' && !isAtLeast(version, NAMES_ITS_TARGETS);
    const reachesNothing = blind || ((takesTargets(name) || intent?.kind === 'list') && isEnglish(context.language));
    return settle('harmless', reachesNothing ? whyNothing(draft, house) : undefined);
  }
  const risk = riskOf({ intent: name, slots, targets }, house, rules);
  const scripts = name === 'HassTurnOn' ? targets.filter((id) => domainOf(id) === 'script') : [];
  if (risk === 'guarded' || scripts.length === 0) return settle(risk);
  const effect = RISK_OF_EFFECT[worst(await Promise.all(scripts.map((id) => own.ofScript(id, house))))];
  return settle(effect === 'harmless' ? risk : effect);
}

/** What is started by its name alone: "movie time". */
const CALLED_BY_NAME = new Set(['scene', 'script']);

/**
 * Core turns on what is only named. Said by itself that is as likely a word that was misheard, and after "turn off the lamp and"
 * it would be the wrong way round.
 */
function isBareName({ source, template, texts }: Recognised, text: string): boolean {
  if (source !== 'builtin' || texts.name === undefined) return false;
  let needed = template;
  for (let before = ''; before !== needed; ) {
    before = needed;
    needed = needed.replace(/\[[^[\]]*\]/g, '');
  }
  const before = text
    .toLowerCase()
    .replace(/[.,!?]+$/, '')
    .trim();
  const name = texts.name.toLowerCase();
  return needed.trim() === '{name}' && before.endsWith(name) && !before.slice(0, -name.length).trim().includes(' ');
}

const RISK_OF_EFFECT: Readonly<Record<Effect, Risk>> = { guarded: 'guarded', unknown: 'wide', known: 'harmless' };

const kindOf = (kind: string | undefined): Meaning['kind'] =>
  kind === 'change' || kind === 'question' || kind === 'timer' || kind === 'list' || kind === 'message' ? kind : 'own';

const nameFor = ({ targets, texts }: Draft, house: House): string =>
  texts.name ?? (targets.length === 1 ? house.entity(targets[0]!)?.name : undefined) ?? texts.area ?? 'that';
