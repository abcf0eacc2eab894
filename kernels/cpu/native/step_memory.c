/* The memory of one step: reserved at its beginning, in one piece, and given back at its end. */
#include <stdlib.h>
#include <string.h>

#include "step.h"

/* Steps of at most so many tokens deal out chunks of keys; longer ones have queries enough. */
#define MOST_SPLIT_ROWS 16

typedef struct {
    char *base;
    size_t size;
} arena;

/* The next `bytes` of the arena; with no base it only counts. */
static void *reserve(arena *a, size_t bytes) {
    void *at = a->base == NULL ? NULL : a->base + a->size;
    a->size += (bytes + LM_LINE - 1) / LM_LINE * LM_LINE;
    return at;
}

static void lay_out(step *s, arena *a) {
    const lm_model *m = s->model;
    const size_t n = (size_t)s->n_rows, n_scored = n > (size_t)s->n_wanted ? n : (size_t)s->n_wanted;
    const size_t threads = (size_t)lm_pool_threads(s->pool), f = sizeof(float);
    const int32_t q_width = m->n_heads * m->head_dim;
    const int32_t widest = m->ffn > q_width ? m->ffn : q_width;
    s->hidden_stride = lm_padded(m->hidden);
    s->qkv_stride = lm_padded((m->n_heads + 2 * m->n_kv_heads) * m->head_dim);
    s->mixed_stride = lm_padded(q_width);
    s->gated_stride = lm_padded(m->ffn);
    const int32_t widest_row = lm_padded(widest > m->hidden ? widest : m->hidden);
    s->row_floats = widest_row;
    s->scratch_floats = lm_attention_floats(m);
    s->token_ids = reserve(a, n * sizeof(int32_t));
    s->sequence_of = reserve(a, n * sizeof(int32_t));
    s->position_of = reserve(a, n * sizeof(int32_t));
    s->first_row = reserve(a, (size_t)s->n_sequences * sizeof(int32_t));
    s->parts = reserve(a, sizeof(lm_part) *
                              (size_t)(LM_PARTS_PER_LAYER * m->n_layers + LM_PARTS_BESIDES));
    s->residual = reserve(a, n * (size_t)s->hidden_stride * f);
    s->qkv = reserve(a, n * (size_t)s->qkv_stride * f);
    s->mixed = reserve(a, n * (size_t)s->mixed_stride * f);
    s->gated = reserve(a, n * (size_t)s->gated_stride * f);
    s->packed = reserve(a, n_scored * (size_t)s->row_floats);
    s->scale = reserve(a, n_scored * (size_t)lm_groups(widest_row) * f);
    s->offset = reserve(a, n_scored * (size_t)lm_groups(widest_row) * sizeof(int32_t));
    s->rows_of_threads = reserve(a, threads * (size_t)s->row_floats * f);
    s->scratch = reserve(a, threads * (size_t)s->scratch_floats * f);
    if (!s->is_split) return;
    const size_t parts = n * (size_t)m->n_heads * (size_t)s->n_chunks;
    s->part_mixed = reserve(a, parts * (size_t)lm_padded(m->head_dim) * f);
    s->part_most = reserve(a, parts * f);
    s->part_sum = reserve(a, parts * f);
}

static void describe_rows(step *s) {
    int32_t row = 0;
    for (int32_t q = 0; q < s->n_sequences; q++) {
        const lm_sequence *sequence = &s->sequences[q];
        s->first_row[q] = row;
        for (int32_t i = 0; i < sequence->n_tokens; i++, row++) {
            s->token_ids[row] = sequence->token_ids[i];
            s->sequence_of[row] = q;
            s->position_of[row] = sequence->length + i;
        }
    }
}

int lm_step_begin(step *s) {
    s->n_chunks = 1;
    for (int32_t q = 0; q < s->n_sequences; q++) {
        const int32_t end = s->sequences[q].length + s->sequences[q].n_tokens;
        const int32_t n_chunks = (end + LM_CHUNK - 1) / LM_CHUNK;
        s->n_rows += s->sequences[q].n_tokens;
        if (n_chunks > s->n_chunks) s->n_chunks = n_chunks;
    }
    s->is_split = s->n_rows <= MOST_SPLIT_ROWS;
    arena counted = {0}, real = {0};
    lay_out(s, &counted);
    real.base = lm_pool_memory(s->pool, counted.size);
    if (real.base == NULL) return 0;
    lay_out(s, &real);
    memset(s->parts, 0, sizeof(lm_part) *
                            (size_t)(LM_PARTS_PER_LAYER * s->model->n_layers + LM_PARTS_BESIDES));
    describe_rows(s);
    return 1;
}
