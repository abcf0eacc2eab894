/* 256-bit products for both sets that lack the 512-bit registers; `quad_product(sum, w, x)` adds
 * to 8 sums the products of 4 bytes of each channel with 4 of x. */
LM_INLINE __m256i quad(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm256_set1_epi32(four);
}

LM_INLINE __m256i half(const uint8_t *p) { return _mm256_loadu_si256((const __m256i *)p); }

LM_INLINE void add_scaled(float *sums, __m256i products, float scale) {
    const __m256 scaled = _mm256_set1_ps(scale);
    _mm256_storeu_ps(sums, _mm256_fmadd_ps(_mm256_cvtepi32_ps(products), scaled,
                                           _mm256_loadu_ps(sums)));
}

/* One row: its quads in turn to four pairs of sums, so that no sum waits for itself. */
LM_INLINE void dot_one(const int8_t *acts, float scale, int32_t offset, const uint8_t *w,
                       int32_t n_quads, float *sums) {
    __m256i low[4], high[4];
    for (int i = 0; i < 4; i++) low[i] = high[i] = _mm256_setzero_si256();
    low[0] = high[0] = _mm256_set1_epi32(HAS_OFFSET ? offset : 0);
    int32_t q = 0;
    for (; q + 4 <= n_quads; q += 4)
        for (int i = 0; i < 4; i++, w += LM_LINE, acts += 4) {
            const __m256i x = quad(acts);
            _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
            low[i] = quad_product(low[i], half(w), x);
            high[i] = quad_product(high[i], half(w + 32), x);
        }
    for (; q < n_quads; q++, w += LM_LINE, acts += 4) {
        low[0] = quad_product(low[0], half(w), quad(acts));
        high[0] = quad_product(high[0], half(w + 32), quad(acts));
    }
    for (int i = 1; i < 4; i++) {
        low[0] = _mm256_add_epi32(low[0], low[i]);
        high[0] = _mm256_add_epi32(high[0], high[i]);
    }
    add_scaled(sums, low[0], scale);
    add_scaled(sums + 8, high[0], scale);
}

/* Sums by name and not in an array, which the compiler would keep in memory. */
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5)
#define BEGIN(r)                                                                             \
    __m256i low##r = _mm256_set1_epi32(HAS_OFFSET && r < n ? offset[r] : 0), high##r = low##r;
#define ADD(r)                                                                               \
    if (r < n) {                                                                             \
        const __m256i x = quad(acts + 4 * r);                                                \
        low##r = quad_product(low##r, a, x);                                                 \
        high##r = quad_product(high##r, b, x);                                               \
    }
#define HOLD(r)                                                                              \
    if (r < n) __asm__("" : "+x"(low##r), "+x"(high##r));
#define END(r)                                                                               \
    if (r < n) {                                                                             \
        add_scaled(sums + r * LM_LANES, low##r, scale[r]);                                   \
        add_scaled(sums + r * LM_LANES + 8, high##r, scale[r]);                              \
    }

LM_INLINE void dot_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                     const uint8_t *w, int32_t n_quads, float *sums) {
    EACH_ROW(BEGIN)
    for (int32_t q = 0; q < n_quads; q++, w += LM_LINE, acts += 4 * n) {
        const __m256i a = half(w), b = half(w + 32);
        _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
        EACH_ROW(ADD)
        EACH_ROW(HOLD)
    }
    EACH_ROW(END)
}

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
#define CASE(rows)                                                                           \
    case rows: dot_n(acts, scale, offset, rows, w, n_quads, sums); break
    switch (n) {
    case 1: dot_one(acts, *scale, *offset, w, n_quads, sums); break;
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
    default: break;
    }
#undef CASE
}

static void dot_pair(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                     const uint8_t *first, const uint8_t *second, int32_t n_quads, float *sums) {
    dot(acts, scale, offset, n, first, n_quads, sums);
    dot(acts, scale, offset, n, second, n_quads, sums + n * LM_LANES);
}
