/* Sigmoid layers, softmax with cross-entropy, plain descent, by one thread and without a library; weights are (in, out).
   Every product is of one kind, C = A B with A read at any strides, in tiles that stay in registers. */
#include <math.h>

enum { TALL = 4, WIDE = 32 };
static const int sizes[] = {SIZES};
static float a[DEPTH][ROWS * LARGEST], d[DEPTH][ROWS * LARGEST], turned[LARGEST * LARGEST];

static void tile(int tall, int wide, int inner, const float *restrict A, long down, long along, const float *restrict B,
                 int columns, float sums[TALL][WIDE])
{
    if (tall == TALL && wide == WIDE) {
        float s[TALL][WIDE] = {{0}};
        for (int k = 0; k < inner; k++)
            for (int i = 0; i < TALL; i++)
                for (int j = 0; j < WIDE; j++)
                    s[i][j] += A[i * down + k * along] * B[(long)k * columns + j];
        for (int i = 0; i < TALL; i++)
            for (int j = 0; j < WIDE; j++)
                sums[i][j] = s[i][j];
        return;
    }
    for (int i = 0; i < tall; i++) {
        for (int j = 0; j < wide; j++)
            sums[i][j] = 0;
        for (int k = 0; k < inner; k++)
            for (int j = 0; j < wide; j++)
                sums[i][j] += A[i * down + k * along] * B[(long)k * columns + j];
    }
}

/* C = A B, or C -= A B. */
static void multiply(int rows, int columns, int inner, const float *A, long down, long along, const float *B, float *C,
                     int subtract)
{
    float sums[TALL][WIDE];
    for (int j = 0; j < columns; j += WIDE)
        for (int i = 0; i < rows; i += TALL) {
            int tall = rows - i < TALL ? rows - i : TALL, wide = columns - j < WIDE ? columns - j : WIDE;
            tile(tall, wide, inner, A + i * down, down, along, B + j, columns, sums);
            for (int p = 0; p < tall; p++)
                for (int q = 0; q < wide; q++) {
                    float *to = C + (long)(i + p) * columns + j + q;
                    *to = subtract ? *to - sums[p][q] : sums[p][q];
                }
        }
}

static float forward(const float *x, const float *t, float **weights, float scale)
{
    const float *below = x;
    for (int l = 0; l < DEPTH; l++) {
        const int in = sizes[l], out = sizes[l + 1];
        const float *bias = weights[2 * l + 1];
        multiply(ROWS, out, in, below, in, 1, weights[2 * l], a[l], 0);
        for (int n = 0; n < ROWS; n++)
            for (int j = 0; j < out; j++) {
                float z = a[l][n * out + j] + bias[j];
                a[l][n * out + j] = l < DEPTH - 1 ? 1 / (1 + expf(-z)) : z;
            }
        below = a[l];
    }
    const int out = sizes[DEPTH];
    float loss = 0;
    for (int n = 0; n < ROWS; n++) {
        float *z = a[DEPTH - 1] + n * out, *p = d[DEPTH - 1] + n * out, most = z[0], sum = 0;
        for (int j = 1; j < out; j++)
            most = z[j] > most ? z[j] : most;
        for (int j = 0; j < out; j++) {
            p[j] = expf(z[j] - most);
            sum += p[j];
        }
        loss += logf(sum);
        for (int j = 0; j < out; j++) {
            loss -= t[n * out + j] * (z[j] - most);
            p[j] = scale * (p[j] / sum - t[n * out + j]);
        }
    }
    return loss / ROWS;
}

static void layer_back(int l, const float *x, float **weights)
{
    const int in = sizes[l], out = sizes[l + 1];
    float *w = weights[2 * l], *bias = weights[2 * l + 1];
    if (l) {
        for (int k = 0; k < in; k++)
            for (int j = 0; j < out; j++)
                turned[(long)j * in + k] = w[(long)k * out + j];
        multiply(ROWS, in, out, d[l], out, 1, turned, d[l - 1], 0);
        for (long n = 0; n < (long)ROWS * in; n++)
            d[l - 1][n] *= a[l - 1][n] * (1 - a[l - 1][n]);
    }
    multiply(in, out, ROWS, l ? a[l - 1] : x, 1, in, d[l], w, 1);
    for (int n = 0; n < ROWS; n++)
        for (int j = 0; j < out; j++)
            bias[j] -= d[l][n * out + j];
}

void train(long count, double rate, const float *x, const float *t, float **weights, float *losses)
{
    for (long n = 0; n < count; n++) {
        losses[n] = forward(x, t, weights, (float)(rate / ROWS));
        for (int l = DEPTH - 1; l >= 0; l--)
            layer_back(l, x, weights);
    }
}
