/* Plain C, for machines without anything better. */
#define TILE_ROWS 4
#define FEW_ROWS 4
#include "lanes.h"

static void dot(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                const uint8_t *w, int32_t n_quads, float *sums) {
    for (int32_t r = 0; r < n; r++) {
        int32_t products[LM_LANES];
        for (int32_t c = 0; c < LM_LANES; c++) products[c] = offset[r];
        for (int32_t q = 0; q < n_quads; q++)
            for (int32_t c = 0; c < LM_LANES; c++)
                for (int32_t i = 0; i < 4; i++)
                    products[c] += acts[4 * (q * n + r) + i] * w[q * LM_LINE + 4 * c + i];
        float *at = sums + r * LM_LANES;
        lanes_store(at, lanes_fma(lanes_whole(products), lanes_all(scale[r]), lanes_load(at)));
    }
}

static void dot_pair(const int8_t *acts, const float *scale, const int32_t *offset, int32_t n,
                     const uint8_t *first, const uint8_t *second, int32_t n_quads, float *sums) {
    dot(acts, scale, offset, n, first, n_quads, sums);
    dot(acts, scale, offset, n, second, n_quads, sums + n * LM_LANES);
}

#include "product_body.h"
#include "attention_body.h"

const lm_kernels lm_plain = {"plain", TILE_ROWS, norm, quantize, product, attend, merge};
