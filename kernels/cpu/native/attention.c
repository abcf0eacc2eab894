/* Attention of a step: which queries and which keys are computed together. The keys are always
 * taken in the same chunks and merged in the same order, so that a token's result does not depend
 * on how many came with it. */
#include <math.h>
#include <string.h>

#include "step.h"

static int32_t group_heads(const lm_model *m) { return m->n_heads / m->n_kv_heads; }

ptrdiff_t lm_attention_floats(const lm_model *model) {
    const ptrdiff_t rows = LM_QUERY_TILE * group_heads(model);
    return rows * (LM_CHUNK + 2 * lm_padded(model->head_dim));
}

static float *keys_of(const step *s, const lm_sequence *q, int32_t layer, int32_t g) {
    const lm_model *m = s->model;
    return q->keys + ((ptrdiff_t)layer * m->n_kv_heads + g) * q->capacity * m->head_dim;
}

static float *values_of(const step *s, const lm_sequence *q, int32_t layer, int32_t g) {
    const lm_model *m = s->model;
    return q->values + ((ptrdiff_t)layer * m->n_kv_heads + g) * q->capacity * lm_padded(m->head_dim);
}

/* Turns one head's first half against its second half. */
static void turn(float *head, const float *cosine, const float *sine, int32_t half, float factor) {
    for (int32_t i = 0; i < half; i++) {
        const float first = head[i], second = head[i + half];
        head[i] = (first * cosine[i] - second * sine[i]) * factor;
        head[i + half] = (second * cosine[i] + first * sine[i]) * factor;
    }
}

static void place_row(step *s, int32_t layer, int32_t row) {
    const lm_model *m = s->model;
    const lm_sequence *q = &s->sequences[s->sequence_of[row]];
    const int32_t D = m->head_dim, position = s->position_of[row];
    const ptrdiff_t table = (ptrdiff_t)position * (D / 2);
    const float *cosine = m->cosines + table, *sine = m->sines + table;
    float *head = s->qkv + row * s->qkv_stride;
    const float *bias = m->layers[layer].qkv_bias;
    for (int32_t i = 0; bias != NULL && i < (m->n_heads + 2 * m->n_kv_heads) * D; i++)
        head[i] += bias[i];
    const float factor = 1.0f / sqrtf((float)D);
    for (int32_t h = 0; h < m->n_heads; h++, head += D) turn(head, cosine, sine, D / 2, factor);
    for (int32_t g = 0; g < m->n_kv_heads; g++, head += D) {
        turn(head, cosine, sine, D / 2, 1.0f);
        float *to = keys_of(s, q, layer, g) + (ptrdiff_t)(position / LM_LANES) * D * LM_LANES;
        for (int32_t d = 0; d < D; d++) to[d * LM_LANES + position % LM_LANES] = head[d];
    }
    for (int32_t g = 0; g < m->n_kv_heads; g++, head += D)
        memcpy(values_of(s, q, layer, g) + (ptrdiff_t)position * lm_padded(D), head,
               (size_t)D * sizeof *head);
}

void lm_place(worker *w, int32_t layer) {
    step *s = w->step;
    /* Keys of a block share cache lines: neighbours are left to one thread. */
    const int32_t together = s->n_rows < 4 * LM_LANES ? s->n_rows : LM_LANES;
    const int32_t n_pieces = (s->n_rows + together - 1) / together;
    lm_part *part = lm_next_part(w);
    LM_EACH_PIECE(piece, part, n_pieces) {
        const int32_t start = piece * together;
        for (int32_t row = start; row < start + together && row < s->n_rows; row++)
            place_row(s, layer, row);
    }
}

typedef struct {
    int32_t sequence, g, first_token, n_tokens;
} tile;

/* Attends one chunk for all rows of a tile: token by token, and in it head by head. */
static void attend_chunk(step *s, const tile *t, int32_t layer, int32_t chunk, float *scores,
                         float *const *mixed, float *most, float *sum, int32_t first_seeing) {
    const lm_model *m = s->model;
    const lm_sequence *q = &s->sequences[t->sequence];
    const int32_t R = group_heads(m), start = chunk * LM_CHUNK;
    const float *queries[LM_QUERY_TILE * LM_MOST_HEADS];
    int32_t seen[LM_QUERY_TILE * LM_MOST_HEADS], n = 0;
    for (int32_t i = first_seeing; i < t->n_tokens; i++) {
        const int32_t token = t->first_token + i;
        const int32_t visible = q->length + token + 1 - start;
        const float *row = s->qkv + (s->first_row[t->sequence] + token) * s->qkv_stride;
        for (int32_t h = 0; h < R; h++, n++) {
            queries[n] = row + (t->g * R + h) * m->head_dim;
            seen[n] = visible < LM_CHUNK ? visible : LM_CHUNK;
        }
    }
    const ptrdiff_t D = m->head_dim;
    const lm_attention task = {
        .keys = keys_of(s, q, layer, t->g) + start * D,
        .values = values_of(s, q, layer, t->g) + (ptrdiff_t)start * lm_padded(m->head_dim),
        .queries = queries, .n_seen = seen, .n_rows = n, .head_dim = m->head_dim,
        .scores = scores, .mixed = mixed, .most = most, .sum = sum};
    s->kernels->attend(&task);
}

static void finish(float *mixed, const float *from, float sum, int32_t dim) {
    for (int32_t d = 0; d < dim; d++) mixed[d] = from[d] / sum;
}

static float *mixed_of(step *s, const tile *t, int32_t token, int32_t head) {
    return s->mixed + (s->first_row[t->sequence] + token) * s->mixed_stride +
           head * s->model->head_dim;
}

/* All chunks of a tile of queries, one after the other. */
static void attend_tile(worker *w, const tile *t, int32_t layer) {
    step *s = w->step;
    const lm_model *m = s->model;
    const int32_t R = group_heads(m), padded = lm_padded(m->head_dim), n = t->n_tokens * R;
    const int32_t begin = s->sequences[t->sequence].length + t->first_token;
    float *scores = w->scratch, *parts = scores + (ptrdiff_t)LM_QUERY_TILE * R * LM_CHUNK;
    float total[LM_QUERY_TILE * LM_MOST_HEADS], top[LM_QUERY_TILE * LM_MOST_HEADS];
    float sum[LM_QUERY_TILE * LM_MOST_HEADS], most[LM_QUERY_TILE * LM_MOST_HEADS];
    float *mixed[LM_QUERY_TILE * LM_MOST_HEADS] = {0};
    float *whole = parts + (ptrdiff_t)LM_QUERY_TILE * R * padded;
    for (int32_t r = 0; r < n; r++) mixed[r] = whole + r * padded;
    attend_chunk(s, t, layer, 0, scores, mixed, top, total, 0);
    const int32_t n_chunks = (begin + t->n_tokens + LM_CHUNK - 1) / LM_CHUNK;
    for (int32_t chunk = 1; chunk < n_chunks; chunk++) {
        /* The first tokens of the tile may end before the chunk begins. */
        const int32_t blind = chunk * LM_CHUNK - begin, first = blind > 0 ? blind : 0;
        for (int32_t r = 0; r < n; r++) mixed[r] = parts + r * padded;
        attend_chunk(s, t, layer, chunk, scores, mixed, most, sum, first);
        for (int32_t r = first * R, i = 0; r < n; r++, i++)
            s->kernels->merge(whole + r * padded, top + r, total + r, parts + i * padded, most[i],
                              sum[i], padded);
    }
    for (int32_t r = 0; r < n; r++)
        finish(mixed_of(s, t, t->first_token + r / R, t->g * R + r % R), whole + r * padded,
               total[r], m->head_dim);
}

static int32_t count_tiles(const lm_sequence *q) {
    return (q->n_tokens + LM_QUERY_TILE - 1) / LM_QUERY_TILE;
}

/* The i-th tile of all sequences and key-value heads. */
static tile find_tile(const step *s, int32_t i) {
    const int32_t G = s->model->n_kv_heads;
    int32_t q = 0;
    for (; i >= count_tiles(&s->sequences[q]) * G; q++) i -= count_tiles(&s->sequences[q]) * G;
    /* The last tiles see the most keys: they begin first, so that none ends alone. */
    const int32_t first = (count_tiles(&s->sequences[q]) - 1 - i / G) * LM_QUERY_TILE;
    const int32_t left = s->sequences[q].n_tokens - first;
    return (tile){q, i % G, first, left < LM_QUERY_TILE ? left : LM_QUERY_TILE};
}

/* One chunk of one tile, kept until all are there. */
static void attend_part(worker *w, const tile *t, int32_t layer, int32_t chunk) {
    step *s = w->step;
    const int32_t R = group_heads(s->model), padded = lm_padded(s->model->head_dim);
    const int32_t begin = s->sequences[t->sequence].length + t->first_token;
    const int32_t blind = chunk * LM_CHUNK - begin, first = blind > 0 ? blind : 0;
    float sum[LM_QUERY_TILE * LM_MOST_HEADS], most[LM_QUERY_TILE * LM_MOST_HEADS];
    float *mixed[LM_QUERY_TILE * LM_MOST_HEADS] = {0};
    if (first >= t->n_tokens) return;
    const int32_t n = (t->n_tokens - first) * R;
    const ptrdiff_t row = s->first_row[t->sequence] + t->first_token + first;
    for (int32_t r = 0; r < n; r++) {
        const ptrdiff_t head = (row + r / R) * s->model->n_heads + t->g * R + r % R;
        mixed[r] = s->part_mixed + (head * s->n_chunks + chunk) * padded;
    }
    attend_chunk(s, t, layer, chunk, w->scratch, mixed, most, sum, first);
    for (int32_t r = 0; r < n; r++) {
        const ptrdiff_t head = (row + r / R) * s->model->n_heads + t->g * R + r % R;
        s->part_most[head * s->n_chunks + chunk] = most[r];
        s->part_sum[head * s->n_chunks + chunk] = sum[r];
    }
}

static void merge_parts(step *s, int32_t row) {
    const lm_model *m = s->model;
    const int32_t padded = lm_padded(m->head_dim);
    const int32_t n_chunks = (s->position_of[row] + LM_CHUNK) / LM_CHUNK;
    for (int32_t h = 0; h < m->n_heads; h++) {
        const ptrdiff_t at = ((ptrdiff_t)row * m->n_heads + h) * s->n_chunks;
        float *mixed = s->part_mixed + at * padded;
        for (int32_t i = 1; i < n_chunks; i++)
            s->kernels->merge(mixed, s->part_most + at, s->part_sum + at, mixed + i * padded,
                              s->part_most[at + i], s->part_sum[at + i], padded);
        finish(s->mixed + row * s->mixed_stride + h * m->head_dim, mixed, s->part_sum[at],
               m->head_dim);
    }
}

void lm_attend(worker *w, int32_t layer) {
    step *s = w->step;
    lm_part *part = lm_next_part(w);
    int32_t n_tiles = 0;
    for (int32_t q = 0; q < s->n_sequences; q++)
        n_tiles += count_tiles(&s->sequences[q]) * s->model->n_kv_heads;
    if (!s->is_split) {
        LM_EACH_PIECE(i, part, n_tiles) {
            const tile t = find_tile(s, i);
            attend_tile(w, &t, layer);
        }
        return;
    }
    LM_EACH_PIECE(i, part, n_tiles * s->n_chunks) {
        const tile t = find_tile(s, i / s->n_chunks);
        attend_part(w, &t, layer, i % s->n_chunks);
    }
    part = lm_next_part(w);
    LM_EACH_PIECE(row, part, s->n_rows) merge_parts(s, row);
}
