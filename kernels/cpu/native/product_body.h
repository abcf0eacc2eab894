/* Products by blocks of 16 channels, included after TILE_ROWS, FEW_ROWS and two functions that add
 * the products of one group of activations, with its scales and offsets [n_rows]:
 *   dot(acts, scale, offset, n_rows, weights, n_quads, sums), sums [n_rows][16] float;
 *   dot_pair(acts, scale, offset, n_rows, first, second, n_quads, sums), sums [2][n_rows][16]. */
#include "rows_body.h"

/* The weights in flight stay in a core's second cache while all tiles of rows pass. */
#define BATCH_BYTES (256 * 1024)
#define GROUP_QUADS (LM_GROUP / 4)

LM_INLINE void end_block(const lm_matrix *w, int32_t block, int32_t n_rows, const float *sums,
                         int add, float *out, ptrdiff_t stride) {
    const lanes scale = lanes_load(w->scale + (ptrdiff_t)block * LM_LANES);
    for (int32_t r = 0; r < n_rows; r++) {
        float *at = out + r * stride + (ptrdiff_t)block * LM_LANES;
        lanes y = lanes_mul(lanes_load(sums + r * LM_LANES), scale);
        if (add) y = lanes_add(lanes_load(at), y);
        lanes_store(at, y);
    }
}

/* Block 2i holds gates, block 2i + 1 their ups. */
LM_INLINE void end_gated(const lm_matrix *w, int32_t gate, int32_t n_rows, const float *sums,
                         float *out, ptrdiff_t stride) {
    const float *scale = w->scale + (ptrdiff_t)gate * LM_LANES;
    for (int32_t r = 0; r < n_rows; r++) {
        const lanes g = lanes_mul(lanes_load(sums + r * LM_LANES), lanes_load(scale));
        const lanes u = lanes_mul(lanes_load(sums + (n_rows + r) * LM_LANES),
                                  lanes_load(scale + LM_LANES));
        lanes_store(out + r * stride + (ptrdiff_t)(gate / 2) * LM_LANES, lanes_mul(silu(g), u));
    }
}

typedef struct {
    const int8_t *acts;
    const float *scale;
    const int32_t *offset;
    int32_t n_rows, n_quads;
} tile_rows;

LM_INLINE void one_block(const tile_rows *t, const uint8_t *weights, float *sums) {
    for (int32_t q = 0, g = 0; q < t->n_quads; q += GROUP_QUADS, g += t->n_rows)
        dot(t->acts + (ptrdiff_t)q * t->n_rows * 4, t->scale + g, t->offset + g, t->n_rows,
            weights + (ptrdiff_t)q * LM_LINE,
            t->n_quads - q < GROUP_QUADS ? t->n_quads - q : GROUP_QUADS, sums);
}

LM_INLINE void two_blocks(const tile_rows *t, const uint8_t *weights, float *sums) {
    const uint8_t *second = weights + (ptrdiff_t)t->n_quads * LM_LINE;
    for (int32_t q = 0, g = 0; q < t->n_quads; q += GROUP_QUADS, g += t->n_rows)
        dot_pair(t->acts + (ptrdiff_t)q * t->n_rows * 4, t->scale + g, t->offset + g, t->n_rows,
                 weights + (ptrdiff_t)q * LM_LINE, second + (ptrdiff_t)q * LM_LINE,
                 t->n_quads - q < GROUP_QUADS ? t->n_quads - q : GROUP_QUADS, sums);
}

static void one_tile(const lm_rows *rows, int32_t tile, const lm_matrix *w, int32_t block,
                     int32_t n_blocks, lm_ending ending, float *out, ptrdiff_t stride) {
    const int32_t quads = lm_quads(w->k), start = tile * TILE_ROWS, left = rows->n_rows - start;
    const ptrdiff_t meta = (ptrdiff_t)start * lm_groups(w->k);
    const tile_rows t = {rows->packed + (ptrdiff_t)start * quads * 4, rows->scale + meta,
                         rows->offset + meta, left < TILE_ROWS ? left : TILE_ROWS, quads};
    const ptrdiff_t block_bytes = (ptrdiff_t)quads * LM_LINE;
    const uint8_t *weights = w->packed + block * block_bytes;
    float sums[2 * TILE_ROWS * LM_LANES] __attribute__((aligned(64)));
    float *second = sums + t.n_rows * LM_LANES, *at = out + start * stride;
    memset(sums, 0, (size_t)(2 * t.n_rows * LM_LANES) * sizeof *sums);
    /* Few rows wait for memory, which likes one stream better than two. */
    if (n_blocks == 2 && rows->n_rows > FEW_ROWS) {
        two_blocks(&t, weights, sums);
    } else {
        one_block(&t, weights, sums);
        if (n_blocks == 2) one_block(&t, weights + block_bytes, second);
    }
    if (ending == LM_SWIGLU) {
        end_gated(w, block, t.n_rows, sums, at, stride);
        return;
    }
    end_block(w, block, t.n_rows, sums, ending == LM_ADD, at, stride);
    if (n_blocks == 2) end_block(w, block + 1, t.n_rows, second, ending == LM_ADD, at, stride);
}

static void product(const lm_rows *rows, const lm_matrix *w, int32_t first, int32_t end,
                    lm_ending ending, float *out, ptrdiff_t stride) {
    const int32_t n_tiles = (rows->n_rows + TILE_ROWS - 1) / TILE_ROWS;
    const int32_t pair_bytes = 2 * lm_quads(w->k) * LM_LINE;
    const int32_t batch = n_tiles == 1 || pair_bytes > BATCH_BYTES ? 2
                                                                   : BATCH_BYTES / pair_bytes * 2;
    for (int32_t start = first; start < end; start += batch) {
        const int32_t stop = start + batch < end ? start + batch : end;
        for (int32_t tile = 0; tile < n_tiles; tile++)
            for (int32_t block = start; block < stop; block += 2)
                one_tile(rows, tile, w, block, stop - block < 2 ? 1 : 2, ending, out, stride);
    }
}
