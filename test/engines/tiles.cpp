// Checks the emulated tile unit on random tiles: bit for bit against the manual's description of TDPBF16PS, written
// down as plainly as possible, and against the tile unit itself where there is one. Prints a line for each.
#include <math.h>
#include <stdio.h>

#include <random>

#define IRNN_NAMESPACE tiles
#define IRNN_LANES 16
#define IRNN_REGISTERS 32
#define IRNN_TILES EmulatedUnit
#include "binding/amx.hpp"
#include "kernels/split.hpp"
#include "team/denormals.hpp"

using namespace tiles;

static uint32_t bits(float f) {
  uint32_t u;
  memcpy(&u, &f, 4);
  return u;
}
static float number(uint32_t u) {
  float f;
  memcpy(&f, &u, 4);
  return f;
}
static bool is_nan(uint32_t u) { return (u & 0x7fffffff) > 0x7f800000; }

/** c + a b, one element after the other, in long double: it holds every sum of two such terms, so each is rounded once. */
static void described(Tile& c, const Tile& a, const Tile& b) {
  for (int m = 0; m < TILE_EDGE; m++) {
    for (int n = 0; n < TILE_EDGE; n++) {
      float even = 0, odd = 0;
      for (int k = 0; k < TILE_EDGE; k++) {
        const uint32_t x = a.dword[m][k], y = b.dword[k][n];
        even = (float)((long double)(number(x << 16) + 0.0f) * (number(y << 16) + 0.0f) + even);
        odd = (float)((long double)(number(x & 0xffff0000) + 0.0f) * (number(y & 0xffff0000) + 0.0f) + odd);
      }
      c.dword[m][n] = bits(number(c.dword[m][n]) + (even + odd));
    }
  }
}

static void on_hardware([[maybe_unused]] Tile& c, [[maybe_unused]] const Tile& a, [[maybe_unused]] const Tile& b) {
#if defined(__x86_64__)
  const AmxUnit::Mode mode(true);
  AmxUnit unit;
  unit.load<0>(&c, 64), unit.load<1>(&a, 64), unit.load<2>(&b, 64);
  unit.multiply<0, 1, 2>();
  unit.store<0>(&c, 64);
#endif
}

static std::mt19937 random_bits(7);
/** Numbers of moderate size; denormals among them; products that are denormal; any bits at all, Inf and NaN too. */
static uint32_t bf16(int kind) {
  const uint32_t v = random_bits(), sign = v & 0x8000, mantissa = v & 0x7f, more = v >> 16;
  switch (kind) {
    case 0: return sign | (0x70 + more % 24) << 7 | mantissa;
    case 1: return sign | (more % 3 == 0 ? 0 : more % 255) << 7 | mantissa;
    case 2: return sign | (0x3c + more % 8) << 7 | mantissa;
    default: return v & 0xffff;
  }
}

template <typename Product>
static void compare(const char* name, Product product) {
  long different = 0;
  for (int kind = 0; kind < 4; kind++) {
    for (int round = 0; round < 100; round++) {
      Tile a, b, c;
      for (Tile* tile : {&a, &b, &c}) {
        for (auto& row : tile->dword) {
          for (uint32_t& dword : row) dword = bf16(kind) << 16 | bf16(kind);
        }
      }
      Tile one = c, other = c;
      described(one, a, b);
      product(other, a, b);
      for (int i = 0; i < TILE_EDGE * TILE_EDGE; i++) {
        const int m = i / TILE_EDGE, n = i % TILE_EDGE;
        const uint32_t x = one.dword[m][n], y = other.dword[m][n];
        different += x != y && !(is_nan(x) && is_nan(y));
      }
    }
  }
  printf("%s: %ld of 102400 differ\n", name, different);
}

/** Three parts are the number, two are 17 bits of it. */
static void check_split() {
  long lost = 0, far = 0;
  for (int i = 0; i < 100000; i++) {
    const float x = ldexpf((float)(int32_t)random_bits(), (int)(random_bits() % 120) - 90);
    V part[3];
    split<3>(splat(x), part);
    lost += (double)part[0][5] + part[1][5] + part[2][5] != x;
    for (int p = 0; p < 3; p++) lost += (bits(part[p][5]) & 0xffff) != 0;
    split<2>(splat(x), part);
    const double low = number(bits(part[1][5]) & 0xffff0000u);
    far += fabs(part[0][5] + low - x) > ldexp(fabs(x), -17);
  }
  printf("split: %ld of 100000 lost bits, %ld were far\n", lost, far);
}

static void check_turn() {
  Tile tile, turned;
  for (auto& row : tile.dword) {
    for (uint32_t& dword : row) dword = (random_bits() & 0x7fffff) | 0x3f000000;
  }
  turned = tile;
  turn(turned);
  int wrong = 0;
  for (int r = 0; r < TILE_EDGE; r++) {
    for (int n = 0; n < TILE_EDGE; n++) wrong += turned.dword[n][r] != tile.dword[r][n];
  }
  printf("turn: %d of 256 differ\n", wrong);
}

int main() {
  const FlushDenormals mode;
  compare("plain", EmulatedUnit::product_plain);
  if (EmulatedUnit::has_fused_multiply_add()) compare("fused", EmulatedUnit::product_fused);
  if (amx_obstacle() == nullptr) compare("hardware", on_hardware);
  check_split();
  check_turn();
}
