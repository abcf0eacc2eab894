/* The int8 decoder for CPUs: what Python hands over, and what each instruction set provides.
 *
 * Every sum of floats has a fixed order, so that a token's row is the same bits whatever stands
 * beside it in a step, however many threads work, and however often it is computed.
 */
#ifndef LEADSMAN_H
#define LEADSMAN_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

#define LM_LANES 16      /* Output channels of a block, and floats of a vector. */
#define LM_GROUP 128     /* Activations that share a scale; outliers spoil no more than these. */
#define LM_CHUNK 256     /* Keys whose softmax is taken together, before chunks are merged. */
#define LM_LINE 64       /* Bytes of a cache line. */

/* y = x @ w.T with w [n, k] in blocks of 16 channels: packed [n/16][k/4][16][4], zero padded.
 * A byte is the signed weight plus 128: the products that machines have take one unsigned side, and
 * what the 128 adds depends on the activations alone. */
typedef struct {
    const uint8_t *packed;
    const float *scale; /* [n padded to 16] */
    int32_t n, k;
} lm_matrix;

/* gate_up holds a block of gates, then the block of ups that it multiplies, in turn: n = ffn. */
typedef struct {
    const float *attn_norm;
    lm_matrix qkv;
    const float *qkv_bias; /* NULL where there is none. */
    lm_matrix out;
    const float *ffn_norm;
    lm_matrix gate_up;
    lm_matrix down;
} lm_layer;

typedef struct {
    const lm_layer *layers;
    const float *final_norm;
    const float *cosines, *sines; /* [positions][head_dim / 2] */
    lm_matrix embed, head;
    int32_t n_layers, hidden, ffn, n_heads, n_kv_heads, head_dim;
    float eps;
} lm_model;

/* The new tokens of one sequence, and its cache: keys [layers][G][capacity/16][D][16], so that 16
 * keys are scored at once, and values [layers][G][capacity][D padded to 16]. */
typedef struct {
    const int32_t *token_ids;
    float *keys, *values;
    int32_t n_tokens, length, capacity;
} lm_sequence;

typedef enum { LM_STORE, LM_ADD, LM_SWIGLU } lm_ending;

/* Rows of activations as bytes, in tiles of kernels->tile_rows rows: [tile][k/4][rows][4]; for
 * each group of a row its scale, and -128 times the sum of its codes: [tile][groups][rows]. */
typedef struct {
    int8_t *packed;
    float *scale;
    int32_t *offset;
    int32_t n_rows, k;
} lm_rows;

/* A part of the keys, seen by `n_rows` queries of one key-value head. */
typedef struct {
    const float *keys, *values; /* of the chunk: [LM_CHUNK/16][D][16], [LM_CHUNK][padded D] */
    const float *const *queries; /* [n_rows] pointers to [D], already scaled */
    const int32_t *n_seen;       /* [n_rows] keys of the chunk that each row may see, ascending */
    int32_t n_rows, head_dim;
    float *scores;        /* scratch [n_rows][LM_CHUNK] */
    float *const *mixed;  /* [n_rows] pointers to [padded D]: out */
    float *most, *sum;    /* [n_rows]: out, the largest score and the sum of exponentials */
} lm_attention;

typedef struct {
    const char *name;
    int32_t tile_rows;
    /* The root mean square norm of one row; in and out [n]. */
    void (*norm)(const float *x, const float *weight, int32_t n, float eps, float *out);
    /* One row to codes, row `row` of a tile of `n_rows` whose parts begin at the pointers. */
    void (*quantize)(const float *x, int32_t k, int32_t row, int32_t n_rows, int8_t *packed,
                     float *scale, int32_t *offset);
    /* Blocks [first, end) of a product for all rows; `out` has `stride` floats a row. */
    void (*product)(const lm_rows *rows, const lm_matrix *w, int32_t first, int32_t end,
                    lm_ending ending, float *out, ptrdiff_t stride);
    void (*attend)(const lm_attention *task);
    /* Adds a later chunk to an earlier one: mixed, most and sum of one row. */
    void (*merge)(float *mixed, float *most, float *sum, const float *later_mixed,
                  float later_most, float later_sum, int32_t padded);
} lm_kernels;

typedef struct lm_pool lm_pool;

/* The kernels of that name, or of the best set that this machine has for NULL; NULL for none. */
const lm_kernels *lm_find_kernels(const char *name);
/* The name of the i-th set that this machine can run, best first; NULL beyond the last. */
const char *lm_sources(void);
const char *lm_kernels_name(int32_t i);

lm_pool *lm_pool_open(int32_t n_threads);
void lm_pool_close(lm_pool *pool);
/* Calls work(argument, thread) on every thread and returns when all are done. */
void lm_pool_run(lm_pool *pool, void (*work)(void *, int32_t), void *argument);
int32_t lm_pool_threads(const lm_pool *pool);
/* At least so many bytes, the same ones until more are asked for; NULL without memory. */
void *lm_pool_memory(lm_pool *pool, size_t bytes);
/* One turn of a waiting loop; after many the core is left to others, who may be waited for. */
void lm_relax(int32_t turns);

/* One forward pass. `wanted` names the rows (of all tokens, end to end) whose next token is asked
 * for: logits [n_wanted][vocab padded to 16] and best [n_wanted], -1 where there is no number.
 * Returns 0; 1 if must_stop, which is asked before each layer on the calling thread and may be NULL,
 * said so; 2 without memory. */
typedef int32_t (*lm_question)(void);

int32_t lm_step(lm_pool *pool, const lm_kernels *kernels, const lm_model *model,
                const lm_sequence *sequences, int32_t n_sequences, const int32_t *wanted,
                int32_t n_wanted, float *logits, int32_t *best, lm_question must_stop);

/* x [m][k] @ w.T into out [m][n padded to 16], for tests and measurements; 2 without memory. */
int32_t lm_linear(lm_pool *pool, const lm_kernels *kernels, const float *x, int32_t m,
                  const lm_matrix *w, int32_t ending, float *out);
/* One row as it is quantised: codes [k padded to 4], scales and offsets [groups]. */
void lm_quantize(const lm_kernels *kernels, const float *x, int32_t k, int8_t *codes, float *scale,
                 int32_t *offset);

static inline int32_t lm_blocks(int32_t n) { return (n + LM_LANES - 1) / LM_LANES; }
static inline int32_t lm_padded(int32_t n) { return lm_blocks(n) * LM_LANES; }
static inline int32_t lm_groups(int32_t k) { return (k + LM_GROUP - 1) / LM_GROUP; }
static inline int32_t lm_quads(int32_t k) { return (k + 3) / 4; }

#endif
