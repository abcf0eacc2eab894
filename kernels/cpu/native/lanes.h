/* Sixteen floats at once, in the registers of the instruction set that the including file is
 * compiled for. Sums over lanes have one order everywhere: halves onto halves. */
#ifndef LEADSMAN_LANES_H
#define LEADSMAN_LANES_H

#include <float.h>
#include <math.h>
#include <string.h>

#include "leadsman.h"

#define LM_INLINE static inline __attribute__((always_inline, unused))

#if defined(__AVX512F__)
#include <immintrin.h>
typedef __m512 lanes;
LM_INLINE lanes lanes_load(const float *p) { return _mm512_loadu_ps(p); }
LM_INLINE void lanes_store(float *p, lanes a) { _mm512_storeu_ps(p, a); }
LM_INLINE lanes lanes_all(float x) { return _mm512_set1_ps(x); }
LM_INLINE lanes lanes_add(lanes a, lanes b) { return _mm512_add_ps(a, b); }
LM_INLINE lanes lanes_sub(lanes a, lanes b) { return _mm512_sub_ps(a, b); }
LM_INLINE lanes lanes_mul(lanes a, lanes b) { return _mm512_mul_ps(a, b); }
LM_INLINE lanes lanes_div(lanes a, lanes b) { return _mm512_div_ps(a, b); }
LM_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) { return _mm512_fmadd_ps(a, b, c); }
/* Where b is no number, so is the result. */
LM_INLINE lanes lanes_max(lanes a, lanes b) { return _mm512_max_ps(a, b); }
LM_INLINE lanes lanes_min(lanes a, lanes b) { return _mm512_min_ps(a, b); }
LM_INLINE lanes lanes_abs(lanes a) { return _mm512_abs_ps(a); }
LM_INLINE lanes lanes_round(lanes a) { return _mm512_roundscale_ps(a, 8); }
/* a * 2**n for a whole n in -126..127. */
LM_INLINE lanes lanes_scale(lanes a, lanes n) {
    const __m512i bits = _mm512_slli_epi32(_mm512_cvtps_epi32(n), 23);
    return _mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(a), bits));
}
LM_INLINE lanes lanes_whole(const int32_t *p) { return _mm512_cvtepi32_ps(_mm512_loadu_si512(p)); }
/* The same number, held in a register here: GCC 12 would store a loop's sums each time around. */
LM_INLINE lanes lanes_held(lanes a) {
    __asm__("" : "+v"(a));
    return a;
}
/* The lanes before n from a, the others from b. */
LM_INLINE lanes lanes_first(int32_t n, lanes a, lanes b) {
    return _mm512_mask_blend_ps((__mmask16)((1u << n) - 1u), b, a);
}
/* Whole numbers within -127..127 as bytes. */
LM_INLINE void lanes_bytes(int8_t *p, lanes a) {
    _mm_storeu_si128((__m128i *)p, _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(a)));
}

#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
typedef struct { __m256 low, high; } lanes;
#define LM_BOTH(f) ((lanes){f(a.low, b.low), f(a.high, b.high)})
LM_INLINE lanes lanes_load(const float *p) {
    return (lanes){_mm256_loadu_ps(p), _mm256_loadu_ps(p + 8)};
}
LM_INLINE void lanes_store(float *p, lanes a) {
    _mm256_storeu_ps(p, a.low);
    _mm256_storeu_ps(p + 8, a.high);
}
LM_INLINE lanes lanes_all(float x) { return (lanes){_mm256_set1_ps(x), _mm256_set1_ps(x)}; }
LM_INLINE lanes lanes_add(lanes a, lanes b) { return LM_BOTH(_mm256_add_ps); }
LM_INLINE lanes lanes_sub(lanes a, lanes b) { return LM_BOTH(_mm256_sub_ps); }
LM_INLINE lanes lanes_mul(lanes a, lanes b) { return LM_BOTH(_mm256_mul_ps); }
LM_INLINE lanes lanes_div(lanes a, lanes b) { return LM_BOTH(_mm256_div_ps); }
LM_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    return (lanes){_mm256_fmadd_ps(a.low, b.low, c.low), _mm256_fmadd_ps(a.high, b.high, c.high)};
}
LM_INLINE lanes lanes_max(lanes a, lanes b) { return LM_BOTH(_mm256_max_ps); }
LM_INLINE lanes lanes_min(lanes a, lanes b) { return LM_BOTH(_mm256_min_ps); }
LM_INLINE lanes lanes_abs(lanes a) {
    const __m256 sign = _mm256_set1_ps(-0.0f);
    return (lanes){_mm256_andnot_ps(sign, a.low), _mm256_andnot_ps(sign, a.high)};
}
LM_INLINE lanes lanes_round(lanes a) {
    return (lanes){_mm256_round_ps(a.low, 8), _mm256_round_ps(a.high, 8)};
}
LM_INLINE __m256 half_scale(__m256 a, __m256 n) {
    const __m256i bits = _mm256_slli_epi32(_mm256_cvtps_epi32(n), 23);
    return _mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(a), bits));
}
LM_INLINE lanes lanes_scale(lanes a, lanes b) { return LM_BOTH(half_scale); }
LM_INLINE lanes lanes_whole(const int32_t *p) {
    return (lanes){_mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)p)),
                   _mm256_cvtepi32_ps(_mm256_loadu_si256((const __m256i *)(p + 8)))};
}
LM_INLINE lanes lanes_held(lanes a) {
    __asm__("" : "+x"(a.low), "+x"(a.high));
    return a;
}
LM_INLINE lanes lanes_first(int32_t n, lanes a, lanes b) {
    const __m256i at = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
    const __m256i low = _mm256_cmpgt_epi32(_mm256_set1_epi32(n), at);
    const __m256i high = _mm256_cmpgt_epi32(_mm256_set1_epi32(n - 8), at);
    return (lanes){_mm256_blendv_ps(b.low, a.low, _mm256_castsi256_ps(low)),
                   _mm256_blendv_ps(b.high, a.high, _mm256_castsi256_ps(high))};
}
LM_INLINE void lanes_bytes(int8_t *p, lanes a) {
    int32_t whole[16];
    _mm256_storeu_si256((__m256i *)whole, _mm256_cvtps_epi32(a.low));
    _mm256_storeu_si256((__m256i *)(whole + 8), _mm256_cvtps_epi32(a.high));
    for (int i = 0; i < 16; i++) p[i] = (int8_t)whole[i];
}

#else
typedef struct { float at[16]; } lanes;
#define LM_EACH(expression)                                                                  \
    lanes r;                                                                                 \
    for (int i = 0; i < 16; i++) r.at[i] = (expression);                                     \
    return r
LM_INLINE lanes lanes_load(const float *p) { LM_EACH(p[i]); }
LM_INLINE void lanes_store(float *p, lanes a) { memcpy(p, a.at, sizeof a.at); }
LM_INLINE lanes lanes_all(float x) { LM_EACH(x); }
LM_INLINE lanes lanes_add(lanes a, lanes b) { LM_EACH(a.at[i] + b.at[i]); }
LM_INLINE lanes lanes_sub(lanes a, lanes b) { LM_EACH(a.at[i] - b.at[i]); }
LM_INLINE lanes lanes_mul(lanes a, lanes b) { LM_EACH(a.at[i] * b.at[i]); }
LM_INLINE lanes lanes_div(lanes a, lanes b) { LM_EACH(a.at[i] / b.at[i]); }
/* Without the instruction, one rounding costs a library call for each number. */
#if defined(__ARM_FEATURE_FMA)
LM_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) {
    LM_EACH(__builtin_fmaf(a.at[i], b.at[i], c.at[i]));
}
#else
LM_INLINE lanes lanes_fma(lanes a, lanes b, lanes c) { LM_EACH(a.at[i] * b.at[i] + c.at[i]); }
#endif
LM_INLINE lanes lanes_max(lanes a, lanes b) { LM_EACH(a.at[i] > b.at[i] ? a.at[i] : b.at[i]); }
LM_INLINE lanes lanes_min(lanes a, lanes b) { LM_EACH(a.at[i] < b.at[i] ? a.at[i] : b.at[i]); }
LM_INLINE lanes lanes_abs(lanes a) { LM_EACH(__builtin_fabsf(a.at[i])); }
LM_INLINE lanes lanes_round(lanes a) { LM_EACH(rintf(a.at[i])); }
LM_INLINE float one_scale(float a, float n) {
    int32_t bits;
    memcpy(&bits, &a, sizeof bits);
    /* A number that is none would be undefined as a whole one; its sum with anything stays none. */
    const int32_t power = n >= -127.0f && n <= 127.0f ? (int32_t)n : 0;
    bits = (int32_t)((uint32_t)bits + ((uint32_t)power << 23));
    memcpy(&a, &bits, sizeof a);
    return a;
}
LM_INLINE lanes lanes_scale(lanes a, lanes n) { LM_EACH(one_scale(a.at[i], n.at[i])); }
LM_INLINE lanes lanes_whole(const int32_t *p) { LM_EACH((float)p[i]); }
LM_INLINE lanes lanes_held(lanes a) { return a; }
LM_INLINE lanes lanes_first(int32_t n, lanes a, lanes b) { LM_EACH(i < n ? a.at[i] : b.at[i]); }
LM_INLINE void lanes_bytes(int8_t *p, lanes a) {
    for (int i = 0; i < 16; i++) p[i] = (int8_t)a.at[i];
}
#endif

LM_INLINE float lanes_sum(lanes a) {
    float at[16];
    lanes_store(at, a);
    for (int width = 8; width > 0; width /= 2)
        for (int i = 0; i < width; i++) at[i] += at[i + width];
    return at[0];
}
LM_INLINE float lanes_most(lanes a) {
    float at[16];
    lanes_store(at, a);
    for (int width = 8; width > 0; width /= 2)
        for (int i = 0; i < width; i++) at[i] = at[i] > at[i + width] ? at[i] : at[i + width];
    return at[0];
}

/* e**x to 2 units in the last place, for x held within -87..88, where its exponent fits.
 * Source: the polynomial of Moshier's Cephes library, single precision. */
LM_INLINE lanes lanes_exp(lanes x) {
    /* The operand that may be no number comes second: what these return then is it. */
    x = lanes_min(lanes_all(88.0f), lanes_max(lanes_all(-87.0f), x));
    const lanes n = lanes_round(lanes_mul(x, lanes_all(1.44269504088896341f)));
    lanes r = lanes_fma(n, lanes_all(-0.693359375f), x);
    r = lanes_fma(n, lanes_all(2.12194440e-4f), r);
    lanes p = lanes_all(1.9875691500e-4f);
    p = lanes_fma(p, r, lanes_all(1.3981999507e-3f));
    p = lanes_fma(p, r, lanes_all(8.3334519073e-3f));
    p = lanes_fma(p, r, lanes_all(4.1665795894e-2f));
    p = lanes_fma(p, r, lanes_all(1.6666665459e-1f));
    p = lanes_fma(p, r, lanes_all(5.0000001201e-1f));
    p = lanes_fma(p, lanes_mul(r, r), lanes_add(r, lanes_all(1.0f)));
    return lanes_scale(p, n);
}
LM_INLINE float lanes_exp_one(float x) {
    float at[16];
    lanes_store(at, lanes_exp(lanes_all(x)));
    return at[0];
}

#endif
