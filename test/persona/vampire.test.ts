import { describeManners } from './manners.js';

await describeManners('vampire', {
  act: /\b(?:dear|darling|countess|vampires?|coffin|crypt|vault|lid|satin|veil|cape|bats?|garlic|mirrors?|portrait|dusk|dawn|moths?|centur\w+)\b/i,
  // She is nobody else's vampire, never thirsts for the one she speaks to, and courts nobody.
  never:
    /\b(?:dracul\w*|nosferatu|carmilla|lestat|orlok|sparkl\w*|children of the night|drink wine|look into my eyes|suck\w*|your (?:throat|veins)|seduc\w*|kiss you|I (?:shall|will) (?:bite|drink|drain))\b/i,
});
