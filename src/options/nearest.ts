/** How many letters must be added, dropped, changed or swapped with their neighbour to make one word of the other. */
export const editDistance = (one: string, other: string): number => {
  let before: number[] = [];
  let previous = Array.from({ length: other.length + 1 }, (_, i) => i);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      let least = Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (swapped) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[other.length]!;
};

/** What was probably meant: the nearest of the names, if it is near enough to be more than a guess. */
export const nearest = (given: string, names: readonly string[]): string | undefined => {
  const word = given.slice(0, 100).toLowerCase();
  let best: string | undefined;
  let least = Math.max(2, Math.ceil(word.length / 3)) + 1;
  for (const name of names) {
    // Somebody who writes `threshold` at the top level means the one in its group.
    const whole = name.toLowerCase();
    const distance = Math.min(editDistance(word, whole), editDistance(word, whole.split('.').at(-1)!) + 0.5);
    if (distance >= least) continue;
    least = distance;
    best = name;
  }
  return best;
};
