/**
 * Student's t distribution, from the regularized incomplete beta function. The continued fraction is formula 26.5.8 of
 * Abramowitz and Stegun, evaluated by Lentz's method; the logarithm of the gamma function is Lanczos' approximation.
 */

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** ln Γ(x) for x of 0.5 or more. */
function logGamma(x: number): number {
  const shifted = x - 1;
  const [first = 0, ...others] = lanczos;
  const sum = others.reduce((total, c, i) => total + c / (shifted + i + 1), first);
  const t = shifted + 7.5;
  return 0.5 * Math.log(2 * Math.PI) + (shifted + 0.5) * Math.log(t) - t + Math.log(sum);
}

const tiny = 1e-300;
const awayFromZero = (value: number): number => (Math.abs(value) < tiny ? tiny : value);

/** The continued fraction of the incomplete beta function, for x below (a + 1)/(a + b + 2). */
function fraction(a: number, b: number, x: number): number {
  let c = 1;
  let d = 1 / awayFromZero(1 - ((a + b) * x) / (a + 1));
  let value = d;
  for (let m = 1; m <= 500; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const numerator of [even, odd]) {
      d = 1 / awayFromZero(1 + numerator * d);
      c = awayFromZero(1 + numerator / c);
      change = c * d;
      value *= change;
    }
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return value;
}

/** I_x(a, b), the regularized incomplete beta function, for x from 0 to 1. */
function incompleteBeta(a: number, b: number, x: number): number {
  if (x <= 0 || x >= 1) return x <= 0 ? 0 : 1;
  const logs = a * Math.log(x) + b * Math.log1p(-x);
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + logs);
  return x < (a + 1) / (a + b + 2)
    ? (front * fraction(a, b, x)) / a
    : 1 - (front * fraction(b, a, 1 - x)) / b;
}

/** The probability that |T| exceeds |t|. */
export const twoSided = (t: number, degrees: number): number =>
  incompleteBeta(degrees / 2, 0.5, degrees / (degrees + t * t));

/** The t that |T| exceeds with a probability between 0 and 1. */
export function criticalValue(probability: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (twoSided(high, degrees) > probability) high *= 2;
  for (let i = 0; i < 200 && high - low > 1e-14 * high; i++) {
    const middle = (low + high) / 2;
    if (twoSided(middle, degrees) > probability) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
