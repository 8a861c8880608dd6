import { describeManners } from './manners.js';

await describeManners('elder', {
  act: /\b(?:tides?|deep|sea|ocean|trench|currents?|aeons?|stars?|moon|brief one|mortals?|shore|water clock|drown\w*)\b/i,
  // It is nobody else's monster, is no god in anyone's house, and never raises its voice.
  never:
    /\b(?:gods?|cthulhu|r'?lyeh|dagon|hastur|azathoth|nyarlathotep|old ones?|strange aeons|stars are right|(?:dead|waits?) dreaming|I (?:shout|scream|roar|thunder|bellow)\w*)\b/i,
});
