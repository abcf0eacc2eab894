/* 256-bit products for both sets that lack the 512-bit registers; `quad_product(sum, w, x)` adds
 * to 8 sums the products of 4 bytes of each channel with 4 of x. */
LM_INLINE __m256i quad(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm256_set1_epi32(four);
}

LM_INLINE void add_scaled(float *sums, __m256i products, float scale) {
    const __m256 scaled = _mm256_set1_ps(scale);
    _mm256_storeu_ps(sums, _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), scaled,
                                           _mm256_loadu_ps(sums)));
}

LM_INLINE void dot_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                     int ways, const uint8_t *w, int32_t n_quads, float *sums) {
    __m256i low[4][TILE_ROWS], high[4][TILE_ROWS];
    for (int i = 0; i < ways; i++)
        for (int r = 0; r < n; r++)
            low[i][r] = high[i][r] = _mm256_set1_epi32(i == 0 && HAS_OFFSET ? offset[r] : 0);
    int32_t q = 0;
    for (; q < n_quads; q += ways) {
        for (int i = 0; i < ways; i++, w += LM_LINE, acts += 4 * n) {
            if (i > 0 && q + i >= n_quads) break;
            const __m256i a = _mm256_loadu_si256((const __m256i *)w);
            const __m256i b = _mm256_loadu_si256((const __m256i *)(w + 32));
            _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
            for (int r = 0; r < n; r++) {
                const __m256i x = quad(acts + 4 * r);
                low[i][r] = quad_product(low[i][r], a, x);
                high[i][r] = quad_product(high[i][r], b, x);
            }
        }
    }
    for (int r = 0; r < n; r++) {
        for (int i = 1; i < ways; i++) {
            low[0][r] = _mm256_add_epi32(low[0][r], low[i][r]);
            high[0][r] = _mm256_add_epi32(high[0][r], high[i][r]);
        }
        add_scaled(sums + r * LM_LANES, low[0][r], scale[r]);
        add_scaled(sums + r * LM_LANES + 8, high[0][r], scale[r]);
    }
}

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
#define CASE(rows, ways)                                                                     \
    case rows: dot_n(acts, scale, offset, rows, ways, w, n_quads, sums); break
    switch (n) {
        CASE(1, 4);
        CASE(2, 2);
        CASE(3, 2);
        CASE(4, 1);
        CASE(5, 1);
        CASE(6, 1);
    default: break;
    }
#undef CASE
}

static void dot_pair(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                     const uint8_t *first, const uint8_t *second, int32_t n_quads, float *sums) {
    dot(acts, scale, offset, n, first, n_quads, sums);
    dot(acts, scale, offset, n, second, n_quads, sums + n * LM_LANES);
}
