/** Server-sent events, as far as language models use them: the `data` of each event (WHATWG HTML, 9.2.6). */
export interface EventParser {
  /** The events that are complete with this piece. Throws a `RangeError` where one is longer than the limit. */
  push(text: string): string[];
}

const LONGEST = 1_000_000;

export const eventParser = (longest = LONGEST): EventParser => {
  let rest = '';
  let data: string[] = [];
  let size = 0;
  return {
    push(text) {
      const events: string[] = [];
      // A carriage return at the end may be the first half of a line's end.
      const lines = (rest + text).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop()!;
      for (const line of lines) {
        if (line === '') {
          if (data.length > 0) events.push(data.join('\n'));
          data = [];
          size = 0;
        } else if (line.startsWith('data:')) {
          const value = line.slice(line[5] === ' ' ? 6 : 5);
          size += value.length;
          data.push(value);
        }
        // Comments keep a connection awake; names and numbers of events mean nothing here.
      }
      if (rest.length + size > longest) throw new RangeError('an event without end');
      return events;
    },
  };
};
