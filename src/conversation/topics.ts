import type { Triggers } from '../persona/load.js';
import type { SituationName } from '../persona/situations.js';

/** Small talk that has written lines. The first topic that fits counts. */
type Topics = readonly (readonly [SituationName, Triggers])[];

const ENGLISH: Topics = [
  [
    'talk.joke',
    { contains: ['joke', 'make me laugh', 'something funny', 'be funny'], whole: ['entertain me', 'amuse me'] },
  ],
  [
    'talk.identity',
    {
      contains: [
        'who are you',
        'what are you',
        'your name',
        'who am i talking to',
        'who am i speaking to',
        'are you a demon',
        'are you real',
      ],
      whole: ['introduce yourself'],
    },
  ],
  [
    'talk.abilities',
    {
      contains: ['what can you do', 'what do you do', 'what can i say', 'what can i ask', 'how do you work'],
      whole: ['what are you good for', 'what are you good at', 'list commands'],
    },
  ],
  [
    'talk.mood',
    {
      contains: [
        'how are you',
        'how do you feel',
        'how are things',
        'hows it going',
        'how is it going',
        'are you happy',
        'are you okay',
        'are you bored',
        'how was your day',
      ],
      whole: ['whats up', 'what is up'],
    },
  ],
  [
    'talk.affection',
    {
      contains: [
        'i love you',
        'i like you',
        'be my friend',
        'are we friends',
        'marry me',
        'do you love me',
        'do you like me',
      ],
      whole: [],
    },
  ],
  [
    'talk.praise',
    {
      contains: [
        'well done',
        'good job',
        'great job',
        'nice work',
        'good work',
        'good demon',
        'clever demon',
        'you are the best',
        'youre the best',
        'you are great',
        'youre great',
        'you are amazing',
        'youre amazing',
        'you are funny',
        'youre funny',
        'you are smart',
        'youre smart',
      ],
      whole: ['bravo', 'awesome', 'amazing', 'excellent', 'brilliant', 'perfect', 'impressive', 'good boy'],
    },
  ],
  [
    'talk.insult',
    {
      contains: [
        'i hate you',
        'you are stupid',
        'youre stupid',
        'you stupid',
        'you are dumb',
        'youre dumb',
        'you idiot',
        'you are an idiot',
        'youre an idiot',
        'you are useless',
        'youre useless',
        'useless demon',
        'stupid demon',
        'bad demon',
        'you suck',
        'you are terrible',
        'youre terrible',
        'you are the worst',
        'youre the worst',
        'you are annoying',
        'youre annoying',
      ],
      whole: ['idiot', 'stupid', 'moron', 'fool', 'useless', 'pathetic'],
    },
  ],
  [
    'talk.apology',
    {
      contains: ['im sorry', 'i am sorry', 'i apologise', 'i apologize', 'forgive me'],
      whole: ['sorry', 'my apologies', 'my bad'],
    },
  ],
  ['talk.thanks', { contains: ['thank you', 'thanks'], whole: ['cheers', 'much obliged', 'thx'] }],
  [
    'talk.greeting',
    {
      contains: [],
      whole: [
        'hello',
        'hi',
        'hey',
        'hello there',
        'hi there',
        'hey there',
        'good morning',
        'good evening',
        'good afternoon',
        'good day',
        'greetings',
        'howdy',
        'hello demon',
        'hi demon',
        'hey demon',
        'are you there',
        'can you hear me',
      ],
    },
  ],
];

const BY_LANGUAGE: Readonly<Record<string, Topics>> = { en: ENGLISH };

/** The small talk of a language; none where it is not known yet. */
export const topicsOf = (language: string): Topics => BY_LANGUAGE[language.toLowerCase().split('-')[0]!] ?? [];
