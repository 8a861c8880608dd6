/** What thinking needs to know of a language. */
export interface Wording {
  /** Somebody asks for more than a sentence or two. */
  readonly longer: RegExp;
  /** Nobody jests before an answer to this. */
  readonly grave: RegExp;
  /** There is more than one thing to do, or one depends on another. */
  readonly several: RegExp;
  /** Words around a topic that change nothing about it: "tell me a … please". */
  readonly filler: readonly string[];
}

const ENGLISH: Wording = {
  longer:
    /\b(?:story|stories|tale|poem|song|speech|legend|explain|in detail|elaborate|recipe|list (?:all|every)|everything about|at length|tell me more|go on|long)\b/i,
  grave:
    /\b(?:die[ds]?|dying|dead|death|funeral|grie(?:f|ve|ving)|mourn\w*|cancer|sick|ill|hospital|hurts?|pain|bleeding|injur\w*|cry(?:ing)?|sad|lonely|alone|depress\w*|afraid|scared|anxious|panic\w*|lost my|divorce\w*|fired|miscarr\w*|suicid\w*|abus\w*|help me)\b/i,
  several: /\b(?:and|then|also|plus|if|when|unless|but)\b|,/i,
  filler:
    'a again all an and another are can could demon do dont evil for from give good got have hello hey hi i is it just know let like lord me mortal my now of oh okay one or please really say so some tell thank thanks that the then there these this to today tonight us very want we well will with would yes you your'.split(
      ' ',
    ),
};

const OTHERS: Wording = { longer: /(?!)/, grave: /(?!)/, several: /,/, filler: [] };

const BY_LANGUAGE: Readonly<Record<string, Wording>> = { en: ENGLISH };

export const wordingOf = (language: string): Wording => BY_LANGUAGE[language.toLowerCase().split('-')[0]!] ?? OTHERS;

/** `de` is "German". */
export const languageName = (language: string): string => {
  try {
    return new Intl.DisplayNames(['en'], { type: 'language' }).of(language) ?? language;
  } catch {
    return language;
  }
};
