/* What the threads of one step share, and what each has of its own. */
#ifndef LEADSMAN_STEP_H
#define LEADSMAN_STEP_H

#include "leadsman.h"

/* The pieces of one part of the step, dealt out to whoever comes. A part is over when its pieces
 * are done, not when every thread was there: one that lost its core in between holds nobody up. */
typedef struct {
    _Alignas(LM_LINE) atomic_int n_taken;
    _Alignas(LM_LINE) atomic_int n_done;
} lm_part;

typedef struct {
    lm_pool *pool;
    const lm_kernels *kernels;
    const lm_model *model;
    const lm_sequence *sequences;
    int32_t n_sequences;
    const int32_t *wanted;
    int32_t n_wanted;
    float *logits;
    int32_t *best;
    lm_question must_stop;
    atomic_int is_cancelled;

    int32_t n_rows;
    int32_t *token_ids, *sequence_of, *position_of; /* [n_rows] */
    int32_t *first_row;                             /* [n_sequences] */
    ptrdiff_t hidden_stride, qkv_stride, mixed_stride, gated_stride;
    float *residual, *qkv, *mixed, *gated; /* [n_rows][stride] */
    int8_t *packed;                        /* the rows that the next product reads */
    float *scale;
    int32_t *offset; /* [n_rows][groups] */
    lm_part *parts;
    float *rows_of_threads, *scratch;
    ptrdiff_t row_floats, scratch_floats; /* of each thread */
    /* Where a step has too few queries to occupy the threads, chunks of keys are dealt out
     * instead: parts of each query head's mix, most and sum, [n_rows][heads][chunks]. */
    int is_split;
    int32_t n_chunks; /* of the longest sequence */
    float *part_mixed, *part_most, *part_sum;
} step;

typedef struct {
    step *step;
    int32_t thread, part;
    float *row;     /* [the longest row] */
    float *scratch; /* for attention */
} worker;

/* Reserves the step's memory; 0 without it. */
int lm_step_begin(step *s);

/* Adds the biases, turns queries and keys by their positions, and writes keys and values to the
 * caches; queries are scaled for the softmax. */
void lm_place(worker *w, int32_t layer);
/* Mixes the values of all that each token may see into s->mixed. */
void lm_attend(worker *w, int32_t layer);

/* Parts of a layer, and those before and after all layers. */
#define LM_PARTS_PER_LAYER 11
#define LM_PARTS_BESIDES 4

static inline lm_part *lm_next_part(worker *w) { return &w->step->parts[w->part++]; }

/* The next piece of `n`, whose predecessor (-1 for none) is done; `n` once all are done. */
static inline int32_t lm_next_piece(lm_part *part, int32_t before, int32_t n) {
    if (before >= 0) atomic_fetch_add_explicit(&part->n_done, 1, memory_order_acq_rel);
    const int32_t piece = atomic_fetch_add_explicit(&part->n_taken, 1, memory_order_relaxed);
    if (piece < n) return piece;
    for (int spins = 0; atomic_load_explicit(&part->n_done, memory_order_acquire) < n; spins++)
        lm_relax(spins);
    return n;
}

#define LM_EACH_PIECE(piece, part, n)                                                        \
    for (int32_t piece = lm_next_piece(part, -1, n); piece < (n);                            \
         piece = lm_next_piece(part, piece, n))

/* Query heads that may share a key-value head, and tokens of a sequence whose queries are attended together. */
#define LM_MOST_HEADS 64
#define LM_QUERY_TILE 8
/* Floats that a thread needs to attend one such tile. */
ptrdiff_t lm_attention_floats(const lm_model *model);

#endif
