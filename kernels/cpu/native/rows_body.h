/* Norms, quantisation and what follows a product: row by row, in a fixed order. Included once for
 * each instruction set. */
#include "lanes.h"

/* Rows of smaller numbers than this are zeros: 127 / x must stay finite. */
#define SMALLEST 1e-30f

LM_INLINE lanes load_some(const float *p, int32_t n) {
    float at[16] = {0};
    if (n >= LM_LANES) return lanes_load(p);
    memcpy(at, p, (size_t)n * sizeof *at);
    return lanes_load(at);
}

LM_INLINE void store_some(float *p, lanes a, int32_t n) {
    float at[16];
    if (n >= LM_LANES) {
        lanes_store(p, a);
        return;
    }
    lanes_store(at, a);
    memcpy(p, at, (size_t)n * sizeof *at);
}

static void norm(const float *x, const float *weight, int32_t n, float eps, float *out) {
    lanes squares = lanes_all(0.0f);
    for (int32_t i = 0; i < n; i += LM_LANES) {
        const lanes a = load_some(x + i, n - i);
        squares = lanes_fma(a, a, squares);
    }
    const lanes scale = lanes_all(1.0f / sqrtf(lanes_sum(squares) / (float)n + eps));
    for (int32_t i = 0; i < n; i += LM_LANES) {
        const lanes a = lanes_mul(load_some(x + i, n - i), scale);
        store_some(out + i, lanes_mul(a, load_some(weight + i, n - i)), n - i);
    }
}

/* A group of one row: its codes go to quads that lie `stride` apart. */
LM_INLINE void quantize_group(const float *x, int32_t k, int8_t *packed, ptrdiff_t stride,
                              float *scale, int32_t *offset) {
    lanes most = lanes_all(0.0f), strange = most, sum = most;
    for (int32_t i = 0; i < k; i += LM_LANES) {
        const lanes a = load_some(x + i, k - i);
        most = lanes_max(most, lanes_abs(a));
        strange = lanes_fma(a, lanes_all(0.0f), strange);
    }
    const float largest = lanes_most(most);
    const int is_number = lanes_sum(strange) == 0.0f, is_zero = largest < SMALLEST;
    *scale = !is_number ? NAN : is_zero ? 0.0f : largest / 127.0f;
    const lanes factor = lanes_all(!is_number || is_zero ? 0.0f : 127.0f / largest);
    for (int32_t i = 0; i < k; i += LM_LANES) {
        int8_t bytes[16];
        lanes a = is_number ? load_some(x + i, k - i) : lanes_all(0.0f);
        a = lanes_round(lanes_mul(a, factor));
        a = lanes_max(lanes_all(-127.0f), lanes_min(lanes_all(127.0f), a));
        sum = lanes_add(sum, a);
        lanes_bytes(bytes, a);
        const int32_t n_quads = lm_quads(k - i < LM_LANES ? k - i : LM_LANES);
        for (int32_t q = 0; q < n_quads; q++, packed += stride) memcpy(packed, bytes + 4 * q, 4);
    }
    /* Sums of codes are small whole numbers: exact in any order. */
    *offset = -128 * (int32_t)lanes_sum(sum);
}

static void quantize(const float *x, int32_t k, int32_t row, int32_t n_rows, int8_t *packed,
                     float *scale, int32_t *offset) {
    for (int32_t i = 0, at = row; i < k; i += LM_GROUP, at += n_rows) {
        int8_t *to = packed + ((ptrdiff_t)(i / 4) * n_rows + row) * 4;
        const int32_t size = k - i < LM_GROUP ? k - i : LM_GROUP;
        quantize_group(x + i, size, to, 4 * n_rows, scale + at, offset + at);
    }
}

LM_INLINE lanes silu(lanes x) {
    const lanes one = lanes_all(1.0f);
    const lanes negative = lanes_sub(lanes_all(0.0f), x);
    return lanes_div(x, lanes_add(one, lanes_exp(negative)));
}
