/** What was done, in a sentence. */
export interface Step {
  /** `left`: somebody else's, or not to be had. `would`: of a dry run. */
  readonly kind: 'done' | 'there' | 'left' | 'would';
  readonly text: string;
}

export type Report = (kind: Step['kind'], text: string) => void;
