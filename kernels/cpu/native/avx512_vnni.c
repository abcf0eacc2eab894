/* AVX-512 with VNNI: 64 products of a byte and a signed byte to an instruction. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TILE_ROWS 12
#define FEW_ROWS 8
#include "lanes.h"

/* How far ahead of the stream of weights memory is asked. */
#define AHEAD 2048

LM_INLINE __m512i quad(const int8_t *p) {
    int32_t four;
    memcpy(&four, p, sizeof four);
    return _mm512_set1_epi32(four);
}

LM_INLINE void add_scaled(float *sums, __m512i products, float scale) {
    const __m512 scaled = _mm512_set1_ps(scale);
    _mm512_storeu_ps(sums, _mm512_fmadd_ps(_mm512_cvtepi32_ps(products), scaled,
                                           _mm512_loadu_ps(sums)));
}

/* One block, `n` rows, `ways` independent sums a row, so that no sum waits for itself. */
LM_INLINE void dot_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                     int ways, const uint8_t *w, int32_t n_quads, float *sums) {
    __m512i at[8][TILE_ROWS];
    for (int r = 0; r < n; r++) at[0][r] = _mm512_set1_epi32(offset[r]);
    for (int i = 1; i < ways; i++)
        for (int r = 0; r < n; r++) at[i][r] = _mm512_setzero_si512();
    int32_t q = 0;
    for (; q + ways <= n_quads; q += ways) {
        for (int i = 0; i < ways; i++, w += LM_LINE, acts += 4 * n) {
            const __m512i weights = _mm512_loadu_si512(w);
            _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
            for (int r = 0; r < n; r++)
                at[i][r] = _mm512_dpbusd_epi32(at[i][r], weights, quad(acts + 4 * r));
        }
    }
    for (; q < n_quads; q++, w += LM_LINE, acts += 4 * n) {
        const __m512i weights = _mm512_loadu_si512(w);
        for (int r = 0; r < n; r++)
            at[0][r] = _mm512_dpbusd_epi32(at[0][r], weights, quad(acts + 4 * r));
    }
    for (int r = 0; r < n; r++) {
        for (int width = ways / 2; width > 0; width /= 2)
            for (int i = 0; i < width; i++)
                at[i][r] = _mm512_add_epi32(at[i][r], at[i + width][r]);
        add_scaled(sums + r * LM_LANES, at[0][r], scale[r]);
    }
}

LM_INLINE void dot_pair_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                          const uint8_t *first, const uint8_t *second, int32_t n_quads,
                          float *sums) {
    __m512i low[TILE_ROWS], high[TILE_ROWS];
    for (int r = 0; r < n; r++) low[r] = high[r] = _mm512_set1_epi32(offset[r]);
    for (int32_t q = 0; q < n_quads; q++, acts += 4 * n) {
        const __m512i a = _mm512_loadu_si512(first), b = _mm512_loadu_si512(second);
        first += LM_LINE, second += LM_LINE;
        for (int r = 0; r < n; r++) {
            const __m512i x = quad(acts + 4 * r);
            low[r] = _mm512_dpbusd_epi32(low[r], a, x);
            high[r] = _mm512_dpbusd_epi32(high[r], b, x);
        }
    }
    for (int r = 0; r < n; r++) {
        add_scaled(sums + r * LM_LANES, low[r], scale[r]);
        add_scaled(sums + (n + r) * LM_LANES, high[r], scale[r]);
    }
}

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
#define CASE(rows, ways)                                                                     \
    case rows: dot_n(acts, scale, offset, rows, ways, w, n_quads, sums); break
    switch (n) {
        CASE(1, 8);
        CASE(2, 4);
        CASE(3, 4);
        CASE(4, 4);
        CASE(5, 2);
        CASE(6, 2);
        CASE(7, 2);
        CASE(8, 2);
        CASE(9, 2);
        CASE(10, 2);
        CASE(11, 2);
        CASE(12, 2);
    default: break;
    }
#undef CASE
}

static void dot_pair(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                     const uint8_t *first, const uint8_t *second, int32_t n_quads, float *sums) {
#define CASE(rows)                                                                           \
    case rows: dot_pair_n(acts, scale, offset, rows, first, second, n_quads, sums); break
    switch (n) {
        CASE(1);
        CASE(2);
        CASE(3);
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
        CASE(9);
        CASE(10);
        CASE(11);
        CASE(12);
    default: break;
    }
#undef CASE
}

#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_avx512_vnni = {"avx512_vnni", TILE_ROWS, norm, quantize,
                                   product,       attend,    merge};
#endif
