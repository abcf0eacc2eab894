/* 256-bit VNNI: laptops since 2021 that have no AVX-512. */
#if defined(__x86_64__)
#include <immintrin.h>

#define TILE_ROWS 6
#define FEW_ROWS 6
#define AHEAD 1024
#define HAS_OFFSET 1
#include "lanes.h"

LM_INLINE __m256i quad_product(__m256i sum, __m256i w, __m256i x) {
    return _mm256_dpbusd_avx_epi32(sum, w, x);
}

#include "avx2_body.h"
#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_avx_vnni = {"avx_vnni", TILE_ROWS, norm, quantize, product, attend, merge};
#endif
