/* Arm's dot product of signed bytes: four channels' quads to an instruction. */
#if defined(__aarch64__)
#include <arm_neon.h>

#define TILE_ROWS 4
#define FEW_ROWS 4
#include "lanes.h"

/* One block: four vectors of four channels a quad, the 128 of each byte taken away. */
LM_INLINE void dot_n(const int8_t *acts, const float *scale, int n, const uint8_t *w,
                     int32_t n_quads, float *sums) {
    int32x4_t at[TILE_ROWS][4];
    const uint8x16_t sign = vdupq_n_u8(128);
    for (int r = 0; r < n; r++)
        for (int v = 0; v < 4; v++) at[r][v] = vdupq_n_s32(0);
    for (int32_t q = 0; q < n_quads; q++, w += LM_LINE, acts += 4 * n) {
        int8x16_t weights[4];
        for (int v = 0; v < 4; v++)
            weights[v] = vreinterpretq_s8_u8(veorq_u8(vld1q_u8(w + 16 * v), sign));
        for (int r = 0; r < n; r++) {
            int32_t four;
            memcpy(&four, acts + 4 * r, sizeof four);
            const int8x16_t x = vreinterpretq_s8_s32(vdupq_n_s32(four));
            for (int v = 0; v < 4; v++) at[r][v] = vdotq_s32(at[r][v], weights[v], x);
        }
    }
    for (int r = 0; r < n; r++)
        for (int v = 0; v < 4; v++) {
            float *to = sums + r * LM_LANES + 4 * v;
            vst1q_f32(to, vfmaq_n_f32(vld1q_f32(to), vcvtq_f32_s32(at[r][v]), scale[r]));
        }
}

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
    (void)offset; /* The weights lost their 128 already. */
    switch (n) {
    case 1: dot_n(acts, scale, 1, w, n_quads, sums); break;
    case 2: dot_n(acts, scale, 2, w, n_quads, sums); break;
    case 3: dot_n(acts, scale, 3, w, n_quads, sums); break;
    default: dot_n(acts, scale, 4, w, n_quads, sums); break;
    }
}

static void dot_pair(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                     const uint8_t *first, const uint8_t *second, int32_t n_quads, float *sums) {
    dot(acts, scale, offset, n, first, n_quads, sums);
    dot(acts, scale, offset, n, second, n_quads, sums + n * LM_LANES);
}

#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_neon_dotprod = {"neon_dotprod", TILE_ROWS, norm, quantize,
                                    product,        attend,    merge};
#endif
