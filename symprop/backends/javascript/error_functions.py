"""The error function and its complement in JavaScript, whose Math has neither; each is right to about 1e-15 of its value.

Within 1 of zero erf is the series of positive terms 7.1.6 in Abramowitz and Stegun, Handbook of Mathematical Functions, 1964;
further out erfc is the continued fraction 7.1.14. There the square in exp(-x²) is taken apart, since an exponential magnifies
its rounding.
"""

from __future__ import annotations

NEAR, FAR, ERF, ERFC = "erf_near", "erfc_far", "erf", "erfc"

# Each may call those before it.
ERROR_FUNCTIONS = {
    NEAR: """\
function erf_near(x) {
  let term = x, total = x;
  for (let n = 1; n < 40 && term !== 0; n += 1) {
    term *= 2*x*x/(2*n + 1);
    total += term;
  }
  return 2/Math.sqrt(Math.PI)*Math.exp(-x*x)*total;
}""",
    FAR: """\
function erfc_far(x) {
  if (x > 27.3) return 0;
  let fraction = x;
  for (let n = 250; n > 0; n -= 1) fraction = x + n/2/fraction;
  const high = Math.fround(x);
  return Math.exp(-high*high)*Math.exp((high - x)*(high + x))/(fraction*Math.sqrt(Math.PI));
}""",
    ERF: """\
function erf(x) {
  if (x >= 1) return 1 - erfc_far(x);
  return x <= -1 ? erfc_far(-x) - 1 : erf_near(x);
}""",
    ERFC: """\
function erfc(x) {
  if (x >= 1) return erfc_far(x);
  return x <= -1 ? 2 - erfc_far(-x) : 1 - erf_near(x);
}""",
}
CALLS = {ERF: (NEAR, FAR), ERFC: (NEAR, FAR)}
