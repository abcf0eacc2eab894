/* Attention of a few queries over one chunk of keys. A row's numbers depend on the row alone:
 * scores are summed along the head, the mix along the keys, whatever rows are computed together. */
#include "lanes.h"

/* Rows whose sums, two vectors each, fit the registers beside the operands. */
#if defined(__AVX512F__)
#define MOST_ROWS 7
#define EACH_SUM(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6)
#else
#define MOST_ROWS 3
#define EACH_SUM(F) F(0) F(1) F(2)
#endif

/* Sums by name and not in an array, which the compiler would keep in memory. */
#define ZERO_SUM(r) lanes low##r = lanes_all(0.0f), high##r = low##r;
#define HOLD_SUM(r)                                                                          \
    if (r < n) low##r = lanes_held(low##r), high##r = lanes_held(high##r);
#define ADD_KEYS(r)                                                                          \
    if (r < n) {                                                                             \
        const lanes q = lanes_all(queries[r][d]);                                            \
        low##r = lanes_fma(q, first, low##r);                                                \
        high##r = lanes_fma(q, second, high##r);                                             \
    }
#define STORE_SCORES(r)                                                                      \
    if (r < n) {                                                                             \
        lanes_store(scores + r * LM_CHUNK, low##r);                                          \
        if (is_pair) lanes_store(scores + r * LM_CHUNK + LM_LANES, high##r);                 \
    }

/* Scores of `n` rows with the 16 keys of one block, or the 32 of it and the next. */
LM_INLINE void score_block(const float *const *queries, int n, int is_pair, const float *block,
                           int32_t dim, float *scores) {
    const float *next = is_pair ? block + (ptrdiff_t)dim * LM_LANES : block;
    EACH_SUM(ZERO_SUM)
    for (int32_t d = 0; d < dim; d++) {
        const lanes first = lanes_load(block + (ptrdiff_t)d * LM_LANES);
        const lanes second = lanes_load(next + (ptrdiff_t)d * LM_LANES);
        EACH_SUM(ADD_KEYS)
        EACH_SUM(HOLD_SUM)
    }
    EACH_SUM(STORE_SCORES)
}

LM_INLINE void score_rows(const lm_attention *t, int32_t row, int n, int32_t n_keys) {
    const float *const *queries = t->queries + row;
    float *scores = t->scores + (ptrdiff_t)row * LM_CHUNK;
    for (int32_t at = 0; at < n_keys; at += 2 * LM_LANES) {
        const float *block = t->keys + (ptrdiff_t)at * t->head_dim;
        if (at + LM_LANES < n_keys) score_block(queries, n, 1, block, t->head_dim, scores + at);
        else score_block(queries, n, 0, block, t->head_dim, scores + at);
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

#define LOAD_MIX(r)                                                                          \
    lanes low##r = lanes_all(0.0f), high##r = low##r;                                        \
    if (r < n) {                                                                             \
        low##r = lanes_load(t->mixed[row + r] + at);                                         \
        if (is_pair) high##r = lanes_load(t->mixed[row + r] + at + LM_LANES);                \
    }
#define ADD_VALUES(r)                                                                        \
    if (r < n) {                                                                             \
        const lanes weight = lanes_all(weights[r * LM_CHUNK + i]);                           \
        low##r = lanes_fma(weight, first_part, low##r);                                      \
        high##r = lanes_fma(weight, second_part, high##r);                                   \
    }
#define STORE_MIX(r)                                                                         \
    if (r < n) {                                                                             \
        lanes_store(t->mixed[row + r] + at, low##r);                                         \
        if (is_pair) lanes_store(t->mixed[row + r] + at + LM_LANES, high##r);                \
    }

/* Adds keys [first, end) to the mix of `n` rows, in one or two vectors of the head from `at` on. */
LM_INLINE void mix(const lm_attention *t, int32_t row, int n, int32_t first, int32_t end,
                   int32_t at, int is_pair) {
    const ptrdiff_t padded = lm_padded(t->head_dim);
    const float *weights = t->scores + (ptrdiff_t)row * LM_CHUNK;
    EACH_SUM(LOAD_MIX)
    for (int32_t i = first; i < end; i++) {
        const float *value = t->values + i * padded + at;
        const lanes first_part = lanes_load(value);
        const lanes second_part = lanes_load(is_pair ? value + LM_LANES : value);
        EACH_SUM(ADD_VALUES)
        EACH_SUM(HOLD_SUM)
    }
    EACH_SUM(STORE_MIX)
}

LM_INLINE void mix_range(const lm_attention *t, int32_t row, int n, int32_t first, int32_t end) {
    const int32_t padded = lm_padded(t->head_dim);
    for (int32_t at = 0; at < padded; at += 2 * LM_LANES) {
        if (at + LM_LANES < padded) mix(t, row, n, first, end, at, 1);
        else mix(t, row, n, first, end, at, 0);
    }
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
    switch (t->n_rows - row) {
#if MOST_ROWS > 3
    case 6: attend_rows(t, row, 6); break;
    case 5: attend_rows(t, row, 5); break;
    case 4: attend_rows(t, row, 4); break;
    case 3: attend_rows(t, row, 3); break;
#endif
    case 2: attend_rows(t, row, 2); break;
    case 1: attend_rows(t, row, 1); break;
    default: break;
    }
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
