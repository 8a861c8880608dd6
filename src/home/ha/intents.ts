/** Home Assistant's own intents: what they are about, and which things they reach. */

export type IntentKind =
  /** Changes things. */
  | 'change'
  /** Only answers. */
  | 'question'
  | 'timer'
  /** A list of things to do or to buy. */
  | 'list'
  /** Its words are its effect. */
  | 'message'
  /** Small talk: the persona's own business. */
  | 'talk';

interface Intent {
  readonly kind: IntentKind;
  /** Only things of these domains are meant, whatever else is in the room. */
  readonly domains?: readonly string[];
}

const change = (...domains: string[]): Intent => ({ kind: 'change', ...(domains.length > 0 ? { domains } : {}) });
const timer: Intent = { kind: 'timer' };
const question: Intent = { kind: 'question' };
const list: Intent = { kind: 'list', domains: ['todo'] };

/** By the sources of Core 2026.7 and 2026.11, `homeassistant/components/<name>/intent.py`. */
const INTENTS: Readonly<Record<string, Intent>> = {
  HassTurnOn: change(),
  HassTurnOff: change(),
  HassToggle: change(),
  HassOpenCover: change('cover'),
  HassCloseCover: change('cover'),
  HassSetPosition: change('cover', 'valve'),
  HassStopMoving: change('cover', 'valve'),
  HassLightSet: change('light'),
  HassFanSetSpeed: change('fan'),
  HassClimateSetTemperature: change('climate'),
  HassClimateSetFanMode: change('climate'),
  HassHumidifierSetpoint: change('humidifier'),
  HassHumidifierMode: change('humidifier'),
  HassSetVolume: change('media_player'),
  HassSetVolumeRelative: change('media_player'),
  HassMediaPause: change('media_player'),
  HassMediaUnpause: change('media_player'),
  HassMediaNext: change('media_player'),
  HassMediaPrevious: change('media_player'),
  HassMediaPlayerMute: change('media_player'),
  HassMediaPlayerUnmute: change('media_player'),
  HassMediaSearchAndPlay: change('media_player'),
  HassVacuumStart: change('vacuum'),
  HassVacuumReturnToBase: change('vacuum'),
  HassVacuumCleanArea: change('vacuum'),
  HassLawnMowerStartMowing: change('lawn_mower'),
  HassLawnMowerDock: change('lawn_mower'),
  HassGetState: question,
  HassClimateGetTemperature: { kind: 'question', domains: ['climate', 'sensor', 'weather'] },
  HassGetWeather: { kind: 'question', domains: ['weather'] },
  HassGetCurrentTime: question,
  HassGetCurrentDate: question,
  HassTimerStatus: question,
  HassShoppingListLastItems: question,
  HassStartTimer: timer,
  HassCancelTimer: timer,
  HassCancelAllTimers: timer,
  HassIncreaseTimer: timer,
  HassDecreaseTimer: timer,
  HassPauseTimer: timer,
  HassUnpauseTimer: timer,
  HassListAddItem: list,
  HassListCompleteItem: list,
  HassListRemoveItem: list,
  HassShoppingListAddItem: list,
  HassShoppingListCompleteItem: list,
  HassBroadcast: { kind: 'message' },
  HassNevermind: { kind: 'talk' },
  HassRespond: { kind: 'talk' },
};

/** Undefined for an intent of an integration or of the user's own: nobody knows what it does. */
export const intentCalled = (name: string): Intent | undefined =>
  Object.hasOwn(INTENTS, name) ? INTENTS[name] : undefined;

/** Whether a name or a room belongs into its sentence. */
export const takesTargets = (name: string): boolean => {
  const intent = intentCalled(name);
  if (intent?.kind === 'change') return true;
  return name === 'HassGetState' || name === 'HassClimateGetTemperature' || name === 'HassGetWeather';
};
