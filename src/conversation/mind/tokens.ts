/**
 * How many tokens a text is for a language model, guessed on the safe side: English has about four characters to a token,
 * names and ids about three, other scripts fewer than two.
 */
export const tokensOf = (text: string): number => {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what is not ASCII is what counts.
  const foreign = text.replace(/[\u0000-\u024f]/g, '').length;
  return Math.ceil((text.length - foreign) / 3.3 + foreign / 1.5);
};

/** What a message costs beside its words. */
export const MESSAGE_TOKENS = 6;
