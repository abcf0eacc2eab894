/* A few threads that meet often: they spin for a moment before they sleep, because the parts of a
 * step are shorter than waking a thread. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <unistd.h>

#include "leadsman.h"

#if defined(__x86_64__)
#define RELAX() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define RELAX() __asm__ volatile("yield")
#else
#define RELAX() ((void)0)
#endif

/* About 50 microseconds: as long as Python takes between two tokens. */
#define SPINS_BEFORE_SLEEP 2000
#define SPINS_BEFORE_YIELD 2000

struct lm_pool {
    int32_t n_threads; /* the caller's own included */
    pthread_t *threads;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    pid_t owner;
    int is_closing;
    void *memory;
    size_t memory_size;
    void (*work)(void *, int32_t);
    void *argument;
    _Alignas(LM_LINE) atomic_uint generation;
    _Alignas(LM_LINE) atomic_int n_busy; /* threads but the caller's */
};

typedef struct {
    lm_pool *pool;
    int32_t thread;
} start_argument;

void lm_relax(int32_t turns) {
    if (turns < SPINS_BEFORE_YIELD) RELAX();
    else sched_yield();
}

static unsigned wait_for_work(lm_pool *pool, unsigned seen) {
    for (int i = 0; i < SPINS_BEFORE_SLEEP; i++) {
        const unsigned now = atomic_load_explicit(&pool->generation, memory_order_acquire);
        if (now != seen) return now;
        RELAX();
    }
    pthread_mutex_lock(&pool->lock);
    while (atomic_load_explicit(&pool->generation, memory_order_acquire) == seen)
        pthread_cond_wait(&pool->wake, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    return atomic_load_explicit(&pool->generation, memory_order_acquire);
}

static void *serve(void *argument) {
    const start_argument start = *(start_argument *)argument;
    lm_pool *pool = start.pool;
    free(argument);
    unsigned seen = 0;
    for (;;) {
        seen = wait_for_work(pool, seen);
        if (pool->is_closing) return NULL;
        pool->work(pool->argument, start.thread);
        atomic_fetch_sub_explicit(&pool->n_busy, 1, memory_order_release);
    }
}

lm_pool *lm_pool_open(int32_t n_threads) {
    lm_pool *pool = aligned_alloc(LM_LINE, (sizeof *pool + LM_LINE - 1) / LM_LINE * LM_LINE);
    if (pool == NULL) return NULL;
    *pool = (lm_pool){.n_threads = 1, .owner = getpid()};
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->wake, NULL);
    pool->threads = calloc((size_t)n_threads, sizeof *pool->threads);
    for (int32_t i = 1; pool->threads != NULL && i < n_threads; i++) {
        start_argument *start = malloc(sizeof *start);
        if (start == NULL) break;
        *start = (start_argument){pool, i};
        if (pthread_create(&pool->threads[i], NULL, serve, start) != 0) {
            /* As many as the system gives; the work is shared by those that there are. */
            free(start);
            break;
        }
        pool->n_threads = i + 1;
    }
    return pool;
}

static void publish(lm_pool *pool) {
    pthread_mutex_lock(&pool->lock);
    atomic_fetch_add_explicit(&pool->generation, 1, memory_order_release);
    pthread_cond_broadcast(&pool->wake);
    pthread_mutex_unlock(&pool->lock);
}

void lm_pool_close(lm_pool *pool) {
    if (pool == NULL) return;
    /* After a fork the child has the memory of the threads, but not the threads. */
    if (pool->owner == getpid()) {
        pool->is_closing = 1;
        publish(pool);
        for (int32_t i = 1; i < pool->n_threads; i++) pthread_join(pool->threads[i], NULL);
    }
    free(pool->memory);
    free(pool->threads);
    free(pool);
}

void lm_pool_run(lm_pool *pool, void (*work)(void *, int32_t), void *argument) {
    if (pool->owner != getpid()) pool->n_threads = 1;
    pool->work = work;
    pool->argument = argument;
    atomic_store_explicit(&pool->n_busy, pool->n_threads - 1, memory_order_relaxed);
    if (pool->n_threads > 1) publish(pool);
    work(argument, 0);
    for (int spins = 0; atomic_load_explicit(&pool->n_busy, memory_order_acquire) > 0; spins++)
        lm_relax(spins);
}

int32_t lm_pool_threads(const lm_pool *pool) {
    return pool->owner == getpid() ? pool->n_threads : 1;
}

void *lm_pool_memory(lm_pool *pool, size_t bytes) {
    if (bytes > pool->memory_size) {
        free(pool->memory);
        pool->memory = aligned_alloc(LM_LINE, (bytes + LM_LINE - 1) / LM_LINE * LM_LINE);
        pool->memory_size = pool->memory == NULL ? 0 : bytes;
    }
    return pool->memory;
}
