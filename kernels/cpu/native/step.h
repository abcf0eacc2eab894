/* What the threads of one step share, and what each has of its own. */
#ifndef LEADSMAN_STEP_H
#define LEADSMAN_STEP_H

#include "leadsman.h"

/* Counts the pieces of one part of the step that were taken; alone on its cache line. */
typedef struct {
    _Alignas(LM_LINE) atomic_int next;
} part_counter;

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
    int is_cancelled, is_out_of_memory;

    int32_t n_rows;
    int32_t *token_ids, *sequence_of, *position_of; /* [n_rows] */
    int32_t *first_row;                             /* [n_sequences] */
    ptrdiff_t hidden_stride, qkv_stride, mixed_stride, gated_stride;
    float *residual, *qkv, *mixed, *gated; /* [n_rows][stride] */
    int8_t *packed;                        /* the rows that the next product reads */
    float *scale;
    int32_t *offset; /* [n_rows][groups] */
    part_counter *parts;
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

static inline atomic_int *lm_next_part(worker *w) { return &w->step->parts[w->part++].next; }

/* Query heads that may share a key-value head, and tokens of a sequence whose queries are attended together. */
#define LM_MOST_HEADS 64
#define LM_QUERY_TILE 8
/* Floats that a thread needs to attend one such tile. */
ptrdiff_t lm_attention_floats(const lm_model *model);

#endif
