// C++'s allocation without the C++ library: the binding uses no more of it (WebAssembly).
#include <stdlib.h>

void* operator new(size_t size) {
  void* memory = malloc(size);
  if (!memory) abort();
  return memory;
}

void operator delete(void* memory) noexcept { free(memory); }
void operator delete(void* memory, size_t) noexcept { free(memory); }
