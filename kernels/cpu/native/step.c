/* One forward pass over any number of sequences, whose tokens lie end to end. Every thread walks
 * through the same parts; the pieces of a part are dealt out by a counter, and no sum crosses a
 * piece, so that who computes what changes nothing. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "step.h"

/* Pieces for each thread, so that one that is held up can be helped out. */
#define PIECES_PER_THREAD 4

/* Norms and quantises all rows, tile by tile; `weight` is NULL where there is no norm. */
static void to_bytes(worker *w, const float *x, ptrdiff_t stride, const float *weight, int32_t k,
                     const int32_t *picked, int32_t n_rows) {
    step *s = w->step;
    const int32_t tile_rows = s->kernels->tile_rows, quads = lm_quads(k);
    const int32_t n_tiles = (n_rows + tile_rows - 1) / tile_rows;
    lm_part *part = lm_next_part(w);
    LM_EACH_PIECE(tile, part, n_tiles) {
        const int32_t start = tile * tile_rows;
        const int32_t rows = n_rows - start < tile_rows ? n_rows - start : tile_rows;
        int8_t *packed = s->packed + (ptrdiff_t)start * quads * 4;
        const ptrdiff_t meta = (ptrdiff_t)start * lm_groups(k);
        for (int32_t r = 0; r < rows; r++) {
            const int32_t row = picked == NULL ? start + r : picked[start + r];
            const float *from = x + row * stride;
            if (weight != NULL) {
                s->kernels->norm(from, weight, k, s->model->eps, w->row);
                from = w->row;
            }
            s->kernels->quantize(from, k, r, rows, packed, s->scale + meta, s->offset + meta);
        }
    }
}

static void multiply(worker *w, const lm_matrix *matrix, lm_ending ending, int32_t n_rows,
                     float *out, ptrdiff_t stride) {
    step *s = w->step;
    const lm_rows rows = {s->packed, s->scale, s->offset, n_rows, matrix->k};
    const int32_t n_pairs = (lm_blocks(matrix->n) * (ending == LM_SWIGLU ? 2 : 1) + 1) / 2;
    const int32_t n_blocks = lm_blocks(matrix->n) * (ending == LM_SWIGLU ? 2 : 1);
    int32_t n_pieces = lm_pool_threads(s->pool) * PIECES_PER_THREAD;
    if (n_pieces > n_pairs) n_pieces = n_pairs;
    lm_part *part = lm_next_part(w);
    LM_EACH_PIECE(piece, part, n_pieces) {
        const int32_t first = (int32_t)((int64_t)n_pairs * piece / n_pieces) * 2;
        const int32_t end = (int32_t)((int64_t)n_pairs * (piece + 1) / n_pieces) * 2;
        s->kernels->product(&rows, matrix, first, end < n_blocks ? end : n_blocks, ending, out,
                            stride);
    }
}

static void embed(worker *w) {
    step *s = w->step;
    const lm_matrix *table = &s->model->embed;
    const ptrdiff_t block_bytes = (ptrdiff_t)lm_quads(table->k) * LM_LINE;
    lm_part *part = lm_next_part(w);
    LM_EACH_PIECE(row, part, s->n_rows) {
        const int32_t id = s->token_ids[row];
        const uint8_t *from = table->packed + id / LM_LANES * block_bytes + id % LM_LANES * 4;
        float *to = s->residual + row * s->hidden_stride;
        for (int32_t c = 0; c < table->k; c++)
            to[c] = (float)(from[c / 4 * LM_LINE + c % 4] - 128) * table->scale[id];
    }
}

static void argmax(worker *w, const float *logits, ptrdiff_t stride, int32_t n_wanted,
                   int32_t *best) {
    step *s = w->step;
    lm_part *part = lm_next_part(w);
    LM_EACH_PIECE(i, part, n_wanted) {
        const float *row = logits + i * stride;
        float most = -INFINITY;
        best[i] = -1;
        for (int32_t v = 0; v < s->model->head.n; v++)
            if (row[v] > most) most = row[v], best[i] = v;
    }
}

static void run_layer(worker *w, int32_t index) {
    step *s = w->step;
    const lm_layer *layer = &s->model->layers[index];
    const int32_t C = s->model->hidden, n = s->n_rows;
    const int32_t q_width = s->model->n_heads * s->model->head_dim;
    to_bytes(w, s->residual, s->hidden_stride, layer->attn_norm, C, NULL, n);
    multiply(w, &layer->qkv, LM_STORE, n, s->qkv, s->qkv_stride);
    lm_place(w, index);
    lm_attend(w, index);
    to_bytes(w, s->mixed, s->mixed_stride, NULL, q_width, NULL, n);
    multiply(w, &layer->out, LM_ADD, n, s->residual, s->hidden_stride);
    to_bytes(w, s->residual, s->hidden_stride, layer->ffn_norm, C, NULL, n);
    multiply(w, &layer->gate_up, LM_SWIGLU, n, s->gated, s->gated_stride);
    to_bytes(w, s->gated, s->gated_stride, NULL, s->model->ffn, NULL, n);
    multiply(w, &layer->down, LM_ADD, n, s->residual, s->hidden_stride);
}

static void run(void *argument, int32_t thread) {
    step *s = argument;
    worker w = {.step = s, .thread = thread, .row = s->rows_of_threads + thread * s->row_floats};
    w.scratch = s->scratch + thread * s->scratch_floats;
    embed(&w);
    for (int32_t i = 0; i < s->model->n_layers; i++) {
        /* Who leaves has finished what it took, so that nobody waits for it. */
        if (thread == 0 && s->must_stop != NULL && s->must_stop()) atomic_store(&s->is_cancelled, 1);
        if (atomic_load(&s->is_cancelled)) return;
        run_layer(&w, i);
    }
    if (s->n_wanted == 0) return;
    to_bytes(&w, s->residual, s->hidden_stride, s->model->final_norm, s->model->hidden, s->wanted,
             s->n_wanted);
    const ptrdiff_t stride = lm_padded(s->model->head.n);
    multiply(&w, &s->model->head, LM_STORE, s->n_wanted, s->logits, stride);
    argmax(&w, s->logits, stride, s->n_wanted, s->best);
}

int32_t lm_step(lm_pool *pool, const lm_kernels *kernels, const lm_model *model,
                const lm_sequence *sequences, int32_t n_sequences, const int32_t *wanted,
                int32_t n_wanted, float *logits, int32_t *best, lm_question must_stop) {
    step s = {.pool = pool, .kernels = kernels, .model = model, .sequences = sequences,
              .n_sequences = n_sequences, .wanted = wanted, .n_wanted = n_wanted,
              .logits = logits, .best = best, .must_stop = must_stop};
    if (!lm_step_begin(&s)) return 2;
    lm_pool_run(pool, run, &s);
    return s.is_cancelled ? 1 : 0;
}

typedef struct {
    step s;
    const lm_matrix *matrix;
    const float *x;
    lm_ending ending;
    float *out;
} linear_task;

static void run_linear(void *argument, int32_t thread) {
    linear_task *t = argument;
    worker w = {.step = &t->s, .thread = thread};
    to_bytes(&w, t->x, t->matrix->k, NULL, t->matrix->k, NULL, t->s.n_rows);
    multiply(&w, t->matrix, t->ending, t->s.n_rows, t->out, lm_padded(t->matrix->n));
}

int32_t lm_linear(lm_pool *pool, const lm_kernels *kernels, const float *x, int32_t m,
                  const lm_matrix *w, int32_t ending, float *out) {
    lm_part parts[2] = {0};
    linear_task t = {.s = {.pool = pool, .kernels = kernels, .n_rows = m, .parts = parts},
                     .matrix = w, .x = x, .ending = (lm_ending)ending, .out = out};
    const size_t codes = (size_t)m * (size_t)lm_quads(w->k) * 4;
    const size_t begin = (codes + LM_LINE - 1) / LM_LINE * LM_LINE;
    const size_t groups = (size_t)m * (size_t)lm_groups(w->k);
    char *memory = lm_pool_memory(pool, begin + groups * (sizeof(float) + sizeof(int32_t)));
    if (memory == NULL) return 2;
    t.s.packed = (int8_t *)memory;
    t.s.scale = (float *)(memory + begin);
    t.s.offset = (int32_t *)(t.s.scale + groups);
    lm_pool_run(pool, run_linear, &t);
    return 0;
}

void lm_quantize(const lm_kernels *kernels, const float *x, int32_t k, int8_t *codes, float *scale,
                 int32_t *offset) {
    kernels->quantize(x, k, 0, 1, codes, scale, offset);
}
