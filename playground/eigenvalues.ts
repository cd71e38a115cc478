/** Complex numbers as two arrays of the same length. */
export interface Eigenvalues {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

/** Double shifts that one eigenvalue may take; more than 30 have never been seen. */
const MOST_SHIFTS = 60;

/**
 * The eigenvalues of a real n x n matrix (row-major): reduction to Hessenberg form by elimination, then Francis' QR algorithm
 * with double shifts (EISPACK's elmhes and hqr; Martin, Peters & Wilkinson 1970, Numerische Mathematik 14:219). In no order.
 * Throws RangeError if it does not converge, as with entries that are not finite.
 */
export function eigenvalues(matrix: ArrayLike<number>, n: number): Eigenvalues {
  const a = Array.from({ length: n }, (_, i) =>
    Float64Array.from({ length: n }, (_, j) => matrix[i * n + j]!),
  );
  toHessenberg(a, n);
  const re = new Float64Array(n);
  const im = new Float64Array(n);
  let norm = 0;
  for (let i = 0; i < n; i++) for (let j = Math.max(i - 1, 0); j < n; j++) norm += Math.abs(a[i]![j]!);
  if (!Number.isFinite(norm)) throw new RangeError('a matrix with entries that are not finite');
  /** What the shifts have taken off the diagonal. */
  let shifted = 0;
  for (let last = n - 1; last >= 0; ) {
    let shifts = 0;
    for (;;) {
      const first = startOfBlock(a, last, norm);
      const x = a[last]![last]!;
      if (first === last) {
        re[last] = x + shifted;
        last -= 1;
        break;
      }
      const y = a[last - 1]![last - 1]!;
      const w = a[last]![last - 1]! * a[last - 1]![last]!;
      if (first === last - 1) {
        solvePair({ re, im }, last, x + shifted, y - x, w);
        last -= 2;
        break;
      }
      if (shifts++ === MOST_SHIFTS) throw new RangeError('the QR algorithm does not converge');
      if (shifts % 10 === 0) {
        // An exceptional shift, for matrices on which the usual one goes in circles.
        shifted += x;
        for (let i = 0; i <= last; i++) a[i]![i]! -= x;
        const size = Math.abs(a[last]![last - 1]!) + Math.abs(a[last - 1]![last - 2]!);
        sweep(a, first, last, { x: 0.75 * size, y: 0.75 * size, w: -0.4375 * size * size });
      } else sweep(a, first, last, { x, y, w });
    }
  }
  return { re, im };
}

/** Zeros below the first subdiagonal, by elimination with row exchanges and their inverses on the columns. */
function toHessenberg(a: Float64Array[], n: number): void {
  for (let m = 1; m < n - 1; m++) {
    let pivot = m;
    for (let i = m + 1; i < n; i++) if (Math.abs(a[i]![m - 1]!) > Math.abs(a[pivot]![m - 1]!)) pivot = i;
    if (a[pivot]![m - 1] === 0) continue;
    if (pivot !== m) {
      [a[pivot], a[m]] = [a[m]!, a[pivot]!];
      for (const row of a) [row[pivot], row[m]] = [row[m]!, row[pivot]!];
    }
    for (let i = m + 1; i < n; i++) {
      const factor = a[i]![m - 1]! / a[m]![m - 1]!;
      if (factor === 0) continue;
      for (let j = m - 1; j < n; j++) a[i]![j]! -= factor * a[m]![j]!;
      for (const row of a) row[m]! += factor * row[i]!;
      a[i]![m - 1] = 0;
    }
  }
}

/** The first row of the block that ends at `last` and does not fall apart. */
function startOfBlock(a: readonly Float64Array[], last: number, norm: number): number {
  for (let l = last; l > 0; l--) {
    const size = Math.abs(a[l - 1]![l - 1]!) + Math.abs(a[l]![l]!) || norm;
    if (Math.abs(a[l]![l - 1]!) <= Number.EPSILON * size) {
      a[l]![l - 1] = 0;
      return l;
    }
  }
  return 0;
}

/** The two eigenvalues of the last 2 x 2 block: x is its last entry, y the difference of the diagonal, w the other product. */
function solvePair({ re, im }: Eigenvalues, last: number, x: number, y: number, w: number): void {
  const half = 0.5 * y;
  const discriminant = half * half + w;
  const root = Math.sqrt(Math.abs(discriminant));
  if (discriminant >= 0) {
    const far = half + (half >= 0 ? root : -root);
    re[last - 1] = x + far;
    re[last] = far === 0 ? x : x - w / far;
  } else {
    re[last - 1] = re[last] = x + half;
    im[last - 1] = root;
    im[last] = -root;
  }
}

interface Shift {
  readonly x: number;
  readonly y: number;
  readonly w: number;
}

/** One double step of the QR algorithm on rows and columns first..last, by Householder reflections of three rows. */
function sweep(a: readonly Float64Array[], first: number, last: number, { x, y, w }: Shift): void {
  let [p, q, r] = [0, 0, 0];
  let m = last - 2;
  for (; m >= first; m--) {
    const z = a[m]![m]!;
    const [dx, dy] = [x - z, y - z];
    p = (dx * dy - w) / a[m + 1]![m]! + a[m]![m + 1]!;
    q = a[m + 1]![m + 1]! - z - dx - dy;
    r = a[m + 2]![m + 1]!;
    const size = Math.abs(p) + Math.abs(q) + Math.abs(r);
    [p, q, r] = [p / size, q / size, r / size];
    if (m === first) break;
    const below = Math.abs(a[m]![m - 1]!) * (Math.abs(q) + Math.abs(r));
    const beside = Math.abs(p) * (Math.abs(a[m - 1]![m - 1]!) + Math.abs(z) + Math.abs(a[m + 1]![m + 1]!));
    if (below <= Number.EPSILON * beside) break;
  }
  for (let i = m + 2; i <= last; i++) {
    a[i]![i - 2] = 0;
    if (i > m + 2) a[i]![i - 3] = 0;
  }
  for (let k = m; k < last; k++) {
    const inner = k < last - 1;
    let size = 1;
    if (k !== m) {
      p = a[k]![k - 1]!;
      q = a[k + 1]![k - 1]!;
      r = inner ? a[k + 2]![k - 1]! : 0;
      size = Math.abs(p) + Math.abs(q) + Math.abs(r);
      if (size === 0) continue;
      [p, q, r] = [p / size, q / size, r / size];
    }
    const s = (p >= 0 ? 1 : -1) * Math.sqrt(p * p + q * q + r * r);
    if (k === m) {
      if (first !== m) a[k]![k - 1] = -a[k]![k - 1]!;
    } else a[k]![k - 1] = -s * size;
    p += s;
    const [u, v, z] = [p / s, q / s, r / s];
    q /= p;
    r /= p;
    for (let j = k; j <= last; j++) {
      const along = a[k]![j]! + q * a[k + 1]![j]! + (inner ? r * a[k + 2]![j]! : 0);
      a[k]![j]! -= along * u;
      a[k + 1]![j]! -= along * v;
      if (inner) a[k + 2]![j]! -= along * z;
    }
    const end = Math.min(last, k + 3);
    for (let i = first; i <= end; i++) {
      const row = a[i]!;
      const along = u * row[k]! + v * row[k + 1]! + (inner ? z * row[k + 2]! : 0);
      row[k]! -= along;
      row[k + 1]! -= along * q;
      if (inner) row[k + 2]! -= along * r;
    }
  }
}
