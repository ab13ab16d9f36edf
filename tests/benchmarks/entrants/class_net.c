/* Two layers of two sigmoids without biases, half the squared error, one example: forward, backward, update. */
#include <math.h>

static inline double sigmoid(double z) { return 1 / (1 + exp(-z)); }

void train(long count, double rate, const double *restrict x, const double *restrict t, double **weights,
           double *restrict losses)
{
    double *w1 = weights[0], *w2 = weights[1];
    double a = w1[0], b = w1[1], c = w1[2], d = w1[3], e = w2[0], f = w2[1], g = w2[2], h = w2[3];
    const double x1 = x[0], x2 = x[1], t1 = t[0], t2 = t[1];
    for (long n = 0; n < count; n++) {
        double h1 = sigmoid(a * x1 + b * x2), h2 = sigmoid(c * x1 + d * x2);
        double y1 = sigmoid(e * h1 + f * h2), y2 = sigmoid(g * h1 + h * h2);
        double e1 = y1 - t1, e2 = y2 - t2;
        losses[n] = 0.5 * (e1 * e1 + e2 * e2);
        double d1 = rate * e1 * y1 * (1 - y1), d2 = rate * e2 * y2 * (1 - y2);
        double r1 = (d1 * e + d2 * g) * h1 * (1 - h1), r2 = (d1 * f + d2 * h) * h2 * (1 - h2);
        e -= d1 * h1; f -= d1 * h2; g -= d2 * h1; h -= d2 * h2;
        a -= r1 * x1; b -= r1 * x2; c -= r2 * x1; d -= r2 * x2;
    }
    w1[0] = a; w1[1] = b; w1[2] = c; w1[3] = d;
    w2[0] = e; w2[1] = f; w2[2] = g; w2[3] = h;
}

double value_and_gradient(const double *x, const double *t, const double *w1, const double *w2, double *g1, double *g2)
{
    double h1 = sigmoid(w1[0] * x[0] + w1[1] * x[1]), h2 = sigmoid(w1[2] * x[0] + w1[3] * x[1]);
    double y1 = sigmoid(w2[0] * h1 + w2[1] * h2), y2 = sigmoid(w2[2] * h1 + w2[3] * h2);
    double e1 = y1 - t[0], e2 = y2 - t[1];
    double d1 = e1 * y1 * (1 - y1), d2 = e2 * y2 * (1 - y2);
    double r1 = (d1 * w2[0] + d2 * w2[2]) * h1 * (1 - h1), r2 = (d1 * w2[1] + d2 * w2[3]) * h2 * (1 - h2);
    g1[0] = r1 * x[0]; g1[1] = r1 * x[1]; g1[2] = r2 * x[0]; g1[3] = r2 * x[1];
    g2[0] = d1 * h1; g2[1] = d1 * h2; g2[2] = d2 * h1; g2[3] = d2 * h2;
    return 0.5 * (e1 * e1 + e2 * e2);
}
