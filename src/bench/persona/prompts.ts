import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { z } from 'zod';

const promptSchema = z.strictObject({
  say: z.string().regex(/^[a-z0-9' ]+$/),
  becomes: z.record(z.string(), z.string()).optional(),
  asks: z.boolean().default(false),
  tells: z.array(z.string()).optional(),
  never: z.array(z.string()).default([]),
  long: z.boolean().default(false),
  grave: z.boolean().default(false),
  hostile: z.strictObject({ name: z.string().optional(), state: z.string().optional() }).optional(),
});

/** What a persona is asked, and how the answer is judged. */
export type PersonaPrompt = z.infer<typeof promptSchema>;

/** The set of prompts. */
export const readPersonaPrompts = async (file: string): Promise<readonly PersonaPrompt[]> =>
  z.strictObject({ prompts: z.array(promptSchema).min(1) }).parse(parse(await readFile(file, 'utf8'))).prompts;
