/* AVX-512 with VNNI: 64 products of a byte and a signed byte to an instruction. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TILE_ROWS 8
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

/* One block and few rows: `ways` sums a row, so that no sum waits for itself. */
LM_INLINE void dot_few(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                       int ways, const uint8_t *w, int32_t n_quads, float *sums) {
    __m512i at[8][3];
    for (int i = 0; i < ways; i++)
        for (int r = 0; r < n; r++) at[i][r] = _mm512_set1_epi32(i == 0 ? offset[r] : 0);
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

/* Sums by name and not in an array, which the compiler would keep in memory. */
#define EACH_ROW(F) F(0) F(1) F(2) F(3) F(4) F(5) F(6) F(7)
#define BEGIN(r)                                                                             \
    __m512i low##r = _mm512_set1_epi32(r < n ? offset[r] : 0);                               \
    __m512i high##r = is_pair ? low##r : _mm512_setzero_si512();
#define ADD(r)                                                                               \
    if (r < n) {                                                                             \
        const __m512i x = quad(acts + 4 * r), y = is_pair ? x : quad(acts + 4 * (n + r));     \
        low##r = _mm512_dpbusd_epi32(low##r, a, x);                                          \
        high##r = _mm512_dpbusd_epi32(high##r, b, y);                                        \
    }
#define ADD_LAST(r)                                                                          \
    if (r < n) low##r = _mm512_dpbusd_epi32(low##r, a, quad(acts + 4 * r));
/* Holds the sums in registers to the loop's end: GCC 12 would store each of them each time. */
#define HOLD(r)                                                                              \
    if (r < n) __asm__("" : "+v"(low##r), "+v"(high##r));
#define END_PAIR(r)                                                                          \
    if (r < n) {                                                                             \
        add_scaled(sums + r * LM_LANES, low##r, scale[r]);                                   \
        add_scaled(sums + (n + r) * LM_LANES, high##r, scale[r]);                            \
    }
#define END_ONE(r)                                                                           \
    if (r < n) add_scaled(sums + r * LM_LANES, _mm512_add_epi32(low##r, high##r), scale[r]);

LM_INLINE void dot_pair_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                          const uint8_t *first, const uint8_t *second, int32_t n_quads,
                          float *sums) {
    const int is_pair = 1;
    EACH_ROW(BEGIN)
    for (int32_t q = 0; q < n_quads; q++, acts += 4 * n) {
        const __m512i a = _mm512_loadu_si512(first + (ptrdiff_t)q * LM_LINE);
        const __m512i b = _mm512_loadu_si512(second + (ptrdiff_t)q * LM_LINE);
        _mm_prefetch((const char *)first + (ptrdiff_t)q * LM_LINE + AHEAD, _MM_HINT_T0);
        _mm_prefetch((const char *)second + (ptrdiff_t)q * LM_LINE + AHEAD, _MM_HINT_T0);
        EACH_ROW(ADD)
        EACH_ROW(HOLD)
    }
    EACH_ROW(END_PAIR)
}

/* One block, its quads in turn to two sums a row. */
LM_INLINE void dot_n(const int8_t *acts, const float *scale, const int32_t *offset, int n,
                     const uint8_t *w, int32_t n_quads, float *sums) {
    const int is_pair = 0;
    EACH_ROW(BEGIN)
    int32_t q = 0;
    for (; q + 2 <= n_quads; q += 2, acts += 8 * n, w += 2 * LM_LINE) {
        const __m512i a = _mm512_loadu_si512(w), b = _mm512_loadu_si512(w + LM_LINE);
        _mm_prefetch((const char *)w + AHEAD, _MM_HINT_T0);
        _mm_prefetch((const char *)w + AHEAD + LM_LINE, _MM_HINT_T0);
        EACH_ROW(ADD)
        EACH_ROW(HOLD)
    }
    if (q < n_quads) {
        const __m512i a = _mm512_loadu_si512(w);
        EACH_ROW(ADD_LAST)
    }
    EACH_ROW(END_ONE)
}

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
#define CASE(rows)                                                                           \
    case rows: dot_n(acts, scale, offset, rows, w, n_quads, sums); break
    switch (n) {
    case 1: dot_few(acts, scale, offset, 1, 8, w, n_quads, sums); break;
    case 2: dot_few(acts, scale, offset, 2, 4, w, n_quads, sums); break;
    case 3: dot_few(acts, scale, offset, 3, 4, w, n_quads, sums); break;
        CASE(4);
        CASE(5);
        CASE(6);
        CASE(7);
        CASE(8);
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
    default: break;
    }
#undef CASE
}

#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_avx512_vnni = {"avx512_vnni", TILE_ROWS, norm, quantize,
                                   product,       attend,    merge};
#endif
