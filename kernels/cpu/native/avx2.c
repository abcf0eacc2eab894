/* AVX2 without VNNI. Its product of bytes adds pairs in 16 bits and saturates, so it gets weights
 * without their sign, and activations that took it over: 2 * 127 * 127 fits. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TILE_ROWS 6
#define FEW_ROWS 6
#define AHEAD 1024
#define HAS_OFFSET 0
#include "lanes.h"

LM_INLINE __m256i quad_product(__m256i sum, __m256i w, __m256i x) {
    const __m256i weights = _mm256_xor_si256(w, _mm256_set1_epi8(-128));
    const __m256i pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(weights),
                                               _mm256_sign_epi8(x, weights));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

#include "avx2_body.h"
#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_avx2 = {"avx2", TILE_ROWS, norm, quantize, product, attend, merge};
#endif
