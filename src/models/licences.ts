import type { Catalogue, Licence } from './catalogue.js';

/** One row of the `licences` command. */
export interface LicenceRow extends Licence {
  readonly id: string;
  readonly title: string;
}

/** The licences of the given entries, or of all, in the catalogue's order. @throws Fault `model` for an unknown id. */
export const licencesOf = (catalogue: Catalogue, ids?: readonly string[]): readonly LicenceRow[] =>
  (ids?.map(catalogue.entry) ?? catalogue.entries).flatMap(({ id, title, licences }) =>
    licences.map((licence) => ({ id, title, ...licence })),
  );
