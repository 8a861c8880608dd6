import type { LanguageModel } from '../stages.js';
import { ModelFault } from './trouble.js';

/** A model that stands for another one, which may come later. */
export interface StandIn extends LanguageModel {
  /** Whether it stands for one. */
  readonly isSomebody: boolean;
  become(model: LanguageModel): void;
}

/** @param first what it stands for until a better one is known, if anything. */
export const standIn = (name: string, first?: LanguageModel): StandIn => {
  let current = first;
  const mustBe = (): LanguageModel => {
    if (current) return current;
    throw new ModelFault('down', `There is no ${name} yet.`, { hint: 'The options of the group mind say which.' });
  };
  return {
    get name() {
      return current?.name ?? `no ${name}`;
    },
    get local() {
      return current?.local ?? true;
    },
    get hands() {
      return current?.hands ?? false;
    },
    get isSomebody() {
      return current !== undefined;
    },
    become(model) {
      current = model;
    },
    async *ask(...question) {
      yield* mustBe().ask(...question);
    },
    async warm(...beginning) {
      await mustBe().warm(...beginning);
    },
    async close() {
      await current?.close();
    },
  };
};
