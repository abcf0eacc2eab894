/* Attention of a few queries over one chunk of keys. A row's numbers depend on the row alone:
 * scores are summed along the head, the mix along the keys, whatever rows are computed together. */
#include "lanes.h"

/* Rows whose sums fit the registers beside the operands. */
#ifdef __AVX512F__
#define MOST_ROWS 7
#else
#define MOST_ROWS 2
#endif
#define SLICE 4 /* Vectors of the head that are mixed at once. */

/* Scores of `n` rows with 16 keys of one block. */
LM_INLINE void score_block(const float *const *queries, int n, const float *block, int32_t dim,
                           float *const *scores) {
    lanes sums[MOST_ROWS];
    for (int r = 0; r < n; r++) sums[r] = lanes_all(0.0f);
    for (int32_t d = 0; d < dim; d++) {
        const lanes keys = lanes_load(block + (ptrdiff_t)d * LM_LANES);
        for (int r = 0; r < n; r++) sums[r] = lanes_fma(lanes_all(queries[r][d]), keys, sums[r]);
    }
    for (int r = 0; r < n; r++) lanes_store(scores[r], sums[r]);
}

LM_INLINE void score_pair(const float *const *queries, int n, const float *block, int32_t dim,
                          float *const *scores) {
    lanes low[MOST_ROWS], high[MOST_ROWS];
    const float *next = block + (ptrdiff_t)dim * LM_LANES;
    for (int r = 0; r < n; r++) low[r] = high[r] = lanes_all(0.0f);
    for (int32_t d = 0; d < dim; d++) {
        const lanes first = lanes_load(block + (ptrdiff_t)d * LM_LANES);
        const lanes second = lanes_load(next + (ptrdiff_t)d * LM_LANES);
        for (int r = 0; r < n; r++) {
            const lanes q = lanes_all(queries[r][d]);
            low[r] = lanes_fma(q, first, low[r]);
            high[r] = lanes_fma(q, second, high[r]);
        }
    }
    for (int r = 0; r < n; r++) {
        lanes_store(scores[r], low[r]);
        lanes_store(scores[r] + LM_LANES, high[r]);
    }
}

LM_INLINE void score_rows(const lm_attention *t, int32_t row, int n, int32_t n_keys) {
    const ptrdiff_t block = (ptrdiff_t)t->head_dim * LM_LANES;
    float *scores[MOST_ROWS];
    int32_t at = 0;
    for (; at + LM_LANES < n_keys; at += 2 * LM_LANES) {
        for (int r = 0; r < n; r++) scores[r] = t->scores + (ptrdiff_t)(row + r) * LM_CHUNK + at;
        score_pair(t->queries + row, n, t->keys + at / LM_LANES * block, t->head_dim, scores);
    }
    if (at < n_keys) {
        for (int r = 0; r < n; r++) scores[r] = t->scores + (ptrdiff_t)(row + r) * LM_CHUNK + at;
        score_block(t->queries + row, n, t->keys + at / LM_LANES * block, t->head_dim, scores);
    }
}

/* Scores to exponentials of their distance from the largest; keys beyond n_seen weigh nothing. */
LM_INLINE void weigh(float *scores, int32_t n_seen, float *most, float *sum) {
    lanes largest = lanes_all(-FLT_MAX), total = lanes_all(0.0f);
    for (int32_t i = 0; i < n_seen; i += LM_LANES) {
        const lanes hidden = lanes_all(-FLT_MAX);
        largest = lanes_max(largest, lanes_first(n_seen - i < 16 ? n_seen - i : 16,
                                                 lanes_load(scores + i), hidden));
    }
    *most = lanes_most(largest);
    for (int32_t i = 0; i < n_seen; i += LM_LANES) {
        const lanes e = lanes_exp(lanes_sub(lanes_load(scores + i), lanes_all(*most)));
        const lanes seen = lanes_first(n_seen - i < 16 ? n_seen - i : 16, e, lanes_all(0.0f));
        total = lanes_add(total, seen);
        lanes_store(scores + i, seen);
    }
    *sum = lanes_sum(total);
}

/* Adds keys [first, end) to the mix of `n` rows, `width` vectors of the head from `at` on. */
LM_INLINE void mix(const lm_attention *t, int32_t row, int n, int32_t first, int32_t end,
                   int32_t at, int width) {
    const ptrdiff_t padded = lm_padded(t->head_dim);
    lanes sums[MOST_ROWS][SLICE];
    for (int r = 0; r < n; r++)
        for (int v = 0; v < width; v++)
            sums[r][v] = lanes_load(t->mixed[row + r] + at + v * LM_LANES);
    for (int32_t i = first; i < end; i++) {
        const float *value = t->values + i * padded + at;
        for (int r = 0; r < n; r++) {
            const lanes weight = lanes_all(t->scores[(ptrdiff_t)(row + r) * LM_CHUNK + i]);
            for (int v = 0; v < width; v++)
                sums[r][v] = lanes_fma(weight, lanes_load(value + v * LM_LANES), sums[r][v]);
        }
    }
    for (int r = 0; r < n; r++)
        for (int v = 0; v < width; v++)
            lanes_store(t->mixed[row + r] + at + v * LM_LANES, sums[r][v]);
}

LM_INLINE void mix_range(const lm_attention *t, int32_t row, int n, int32_t first, int32_t end) {
    const int32_t padded = lm_padded(t->head_dim);
    int32_t at = 0;
    for (; at + SLICE * LM_LANES <= padded; at += SLICE * LM_LANES)
        mix(t, row, n, first, end, at, SLICE);
    for (; at < padded; at += LM_LANES) mix(t, row, n, first, end, at, 1);
}

LM_INLINE void attend_rows(const lm_attention *t, int32_t row, int n) {
    const int32_t *seen = t->n_seen + row;
    score_rows(t, row, n, seen[n - 1]);
    for (int r = 0; r < n; r++) {
        memset(t->mixed[row + r], 0, (size_t)lm_padded(t->head_dim) * sizeof(float));
        weigh(t->scores + (ptrdiff_t)(row + r) * LM_CHUNK, seen[r], t->most + row + r,
              t->sum + row + r);
    }
    /* What all of them see, then what each sees besides: never a key that a row may not see. */
    mix_range(t, row, n, 0, seen[0]);
    for (int r = 1; r < n; r++)
        if (seen[r] > seen[0]) mix_range(t, row + r, 1, seen[0], seen[r]);
}

static void attend(const lm_attention *t) {
    int32_t row = 0;
    for (; row + MOST_ROWS <= t->n_rows; row += MOST_ROWS) attend_rows(t, row, MOST_ROWS);
    for (; row < t->n_rows; row++) attend_rows(t, row, 1);
}

static void merge(float *mixed, float *most, float *sum, const float *later_mixed,
                  float later_most, float later_sum, int32_t padded) {
    const float both = *most > later_most ? *most : later_most;
    const float before = lanes_exp_one(*most - both), after = lanes_exp_one(later_most - both);
    for (int32_t i = 0; i < padded; i += LM_LANES) {
        const lanes old = lanes_mul(lanes_load(mixed + i), lanes_all(before));
        lanes_store(mixed + i, lanes_fma(lanes_load(later_mixed + i), lanes_all(after), old));
    }
    *most = both;
    *sum = *sum * before + later_sum * after;
}
