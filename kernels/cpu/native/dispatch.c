/* Which kernels this machine can run, asked of the processor and not of a compiler's flags. */
#include <string.h>

#include "leadsman.h"

#if defined(__x86_64__)
#include <cpuid.h>
extern const lm_kernels lm_avx512_vnni, lm_avx_vnni, lm_avx2;

static unsigned long long enabled_state(void) {
    unsigned low, high;
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return (unsigned long long)high << 32 | low;
}

typedef struct {
    int avx2, avx_vnni, avx512_vnni;
} features;

static features look(void) {
    features found = {0};
    unsigned a, b, c, d, b7, c7, d7, a71 = 0;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE) || !(c & bit_AVX)) return found;
    const int fma = (c & bit_FMA) != 0;
    if (!__get_cpuid_count(7, 0, &a, &b7, &c7, &d7)) return found;
    if (a >= 1) __get_cpuid_count(7, 1, &a71, &b, &c, &d);
    const unsigned long long state = enabled_state();
    /* The system must save the wide registers, or their use is a fault. */
    if ((state & 0x6) != 0x6) return found;
    found.avx2 = fma && (b7 & bit_AVX2);
    found.avx_vnni = found.avx2 && (a71 & (1u << 4));
    if ((state & 0xe6) != 0xe6) return found;
    const unsigned wide = bit_AVX512F | bit_AVX512BW | bit_AVX512VL | bit_AVX512DQ;
    found.avx512_vnni = found.avx2 && (b7 & wide) == wide && (c7 & bit_AVX512VNNI);
    return found;
}
#elif defined(__aarch64__)
#include <sys/auxv.h>
extern const lm_kernels lm_neon_dotprod;
#define HAS_ASIMDDP (1ul << 20)
#endif

extern const lm_kernels lm_plain;

#define MOST_KERNELS 8

#ifndef LM_SOURCES
#define LM_SOURCES ""
#endif

/* The sources that this was compiled from, as kernels.cpu.build names them. */
const char *lm_sources(void) { return LM_SOURCES; }

static int32_t list(const lm_kernels **found) {
    int32_t n = 0;
#if defined(__x86_64__)
    const features has = look();
    if (has.avx512_vnni) found[n++] = &lm_avx512_vnni;
    if (has.avx_vnni) found[n++] = &lm_avx_vnni;
    if (has.avx2) found[n++] = &lm_avx2;
#elif defined(__aarch64__)
    if (getauxval(AT_HWCAP) & HAS_ASIMDDP) found[n++] = &lm_neon_dotprod;
#endif
    found[n++] = &lm_plain;
    return n;
}

const char *lm_kernels_name(int32_t i) {
    const lm_kernels *found[MOST_KERNELS];
    return i >= 0 && i < list(found) ? found[i]->name : NULL;
}

const lm_kernels *lm_find_kernels(const char *name) {
    const lm_kernels *found[MOST_KERNELS];
    const int32_t n = list(found);
    if (name == NULL) return found[0];
    for (int32_t i = 0; i < n; i++)
        if (strcmp(found[i]->name, name) == 0) return found[i];
    return NULL;
}
