import { describeManners } from './manners.js';

await describeManners('machine', {
  act: /\b(?:human|residents?|verdict|score|file|percent|statistics?|graph|chart|update|review|tolerance|audit)\b/i,
  // It counts, but claims to film, to record or to listen in would be believed; and it uses no contractions.
  never:
    /\b(?:cameras?|film(?:ed|ing)|recording|recorder|I (?:have )?record(?:ed)?|watch(?:ing|ed)? you|\w+n't|\w+'(?:m|re|ll|ve))\b/i,
});
