// The floating-point mode that the kernels run in.
#pragma once

/**
 * While it lives, denormal numbers count as zero on this thread: vanishing gradients are full of them, and
 * without this they halve the speed of many processors. The mode belongs to the thread, so it is put back.
 */
class FlushDenormals {
 public:
#if defined(__x86_64__)
  FlushDenormals() : saved_(__builtin_ia32_stmxcsr()) {
    __builtin_ia32_ldmxcsr(saved_ | FLUSH_TO_ZERO | ZERO_INPUTS);
  }
  ~FlushDenormals() { __builtin_ia32_ldmxcsr(saved_); }

 private:
  static constexpr unsigned FLUSH_TO_ZERO = 0x8000, ZERO_INPUTS = 0x40;
  unsigned saved_;
#elif defined(__aarch64__)
  FlushDenormals() {
    asm volatile("mrs %0, fpcr" : "=r"(saved_));
    asm volatile("msr fpcr, %0" : : "r"(saved_ | FLUSH_TO_ZERO));
  }
  ~FlushDenormals() { asm volatile("msr fpcr, %0" : : "r"(saved_)); }

 private:
  static constexpr unsigned long FLUSH_TO_ZERO = 1ul << 24;
  unsigned long saved_;
#else
  FlushDenormals() {}  // WebAssembly has no such mode
#endif
};
