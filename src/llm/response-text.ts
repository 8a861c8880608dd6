/** The beginning of an error's body; nobody needs more of it, and nobody waits for the rest. Never throws. */
export const beginningOf = async (response: Response): Promise<string> => {
  const decoder = new TextDecoder();
  let text = '';
  try {
    for await (const bytes of response.body ?? []) {
      text += decoder.decode(bytes as Uint8Array, { stream: true });
      if (text.length > 10_000) break;
    }
  } catch {
    // What came has to do.
  }
  return text;
};
