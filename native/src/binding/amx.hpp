// Whether this process may use AMX: the processor, the operating system and the process must all agree.
#pragma once

#if defined(__x86_64__)
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

/**
 * Null where it may, otherwise why not. On a processor that has AMX it asks Linux for the 8 KB of tile state,
 * a permission of the whole process. Without it the first tile instruction would be the process's last.
 */
inline const char* amx_obstacle() {
  constexpr unsigned OSXSAVE = 1u << 27, AMX_BF16 = 1u << 22, AMX_TILE = 1u << 24;  // CPUID 1 ECX; 7 EDX
  constexpr unsigned TILE_STATE = 3u << 17, AVX512_STATE = 0xe6;                    // XCR0
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(d & AMX_TILE) || !(d & AMX_BF16)) {
    return "the processor has no AMX (CPUID: AMX-TILE and AMX-BF16)";
  }
  unsigned low = 0, high;
  if (__get_cpuid(1, &a, &b, &c, &d) && (c & OSXSAVE)) {
    asm volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  }
  if ((low & TILE_STATE) != TILE_STATE || (low & AVX512_STATE) != AVX512_STATE) {
    return "the operating system does not save the state of AMX and AVX-512 (XCR0)";
  }
#if defined(__linux__)
  constexpr int REQUEST_PERMISSION = 0x1023, GET_PERMISSION = 0x1022, TILE_DATA = 18;  // of arch_prctl
  unsigned long granted = 0;
  if (syscall(SYS_arch_prctl, REQUEST_PERMISSION, TILE_DATA) != 0 ||
      syscall(SYS_arch_prctl, GET_PERMISSION, &granted) != 0 || !(granted >> TILE_DATA & 1)) {
    return "Linux does not grant this process the state of AMX (arch_prctl; Linux 5.16 or newer has it)";
  }
  return nullptr;
#else
  return "AMX is used under Linux only";
#endif
}
#else
inline const char* amx_obstacle() { return "the processor has no AMX"; }
#endif
