/** What a row of figures says; pure. */

export interface Summary {
  readonly n: number;
  readonly p50: number;
  readonly p95: number;
  readonly max: number;
  /** 95 % confidence interval of the median; undefined with fewer than six values. */
  readonly interval: Interval | undefined;
}

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Undefined where there is nothing to sum up. What is no number is a defect of who measured it. */
export const summarise = (values: readonly number[]): Summary | undefined => {
  if (values.length === 0) return undefined;
  const wrong = values.find((value) => !Number.isFinite(value));
  if (wrong !== undefined) throw new RangeError(`A measured value is ${wrong}`);
  const sorted = values.toSorted((a, b) => a - b);
  return {
    n: sorted.length,
    p50: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    max: sorted.at(-1)!,
    interval: medianInterval(sorted),
  };
};

/**
 * Between the two nearest values, as most programs do by default: type 7 of R. J. Hyndman, Y. Fan, "Sample Quantiles
 * in Statistical Packages", The American Statistician 50 (4), 1996.
 * @param sorted not empty.
 */
export const quantile = (sorted: readonly number[], share: number): number => {
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  return low + (at - below) * ((sorted[below + 1] ?? low) - low);
};

/** How likely it may be that the median lies below the interval; as likely above. */
const TAIL = 0.025;

/**
 * Order statistics, whatever the distribution is: how many of n values lie below the median is binomial with ½, so the
 * k-th smallest and the k-th largest enclose it with at least 95 % for the largest k with P(fewer than k below) ≤ 2.5 %.
 */
export const medianInterval = (sorted: readonly number[]): Interval | undefined => {
  const n = sorted.length;
  let logProbability = -n * Math.LN2; // Of none below.
  let below = 0;
  let k = 0;
  while (k < n) {
    below += Math.exp(logProbability);
    if (below > TAIL) break;
    logProbability += Math.log(n - k) - Math.log(k + 1);
    k++;
  }
  return k === 0 ? undefined : { low: sorted[k - 1]!, high: sorted[n - k]! };
};

/** The normal distribution's 97.5 % quantile. */
const Z = 1.959964;

/**
 * 95 % confidence interval of a share, 0…1; undefined of nothing. E. B. Wilson, "Probable Inference, the Law of
 * Succession, and Statistical Inference", Journal of the American Statistical Association 22, 1927.
 */
export const shareInterval = (hits: number, n: number): Interval | undefined => {
  if (n === 0) return undefined;
  const share = hits / n;
  const scale = 1 + Z ** 2 / n;
  const centre = (share + Z ** 2 / (2 * n)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2))) / scale;
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
};
