// Dropout masks, as src/models/dropout.ts defines them: a decision for each step, unit and sequence at a
// site, of 16 bits of a block of Philox4x32-10 (Salmon, Moraes, Dror & Shaw 2011) whose counter says where it
// is.
#pragma once

#include "team/member.hpp"

namespace IRNN_NAMESPACE {

constexpr uint32_t PHILOX_STREAM_DROPOUT = 6;
constexpr int SEQUENCES_PER_BLOCK = 8;
constexpr int BLOCKS_AT_ONCE = 16;  // independent, so that the compiler makes vectors of them

struct PhiloxBlocks {
  uint32_t word[4][BLOCKS_AT_ONCE];

  void scramble(uint32_t k0, uint32_t k1) {
    for (int round = 0; round < 10; round++, k0 += 0x9e3779b9u, k1 += 0xbb67ae85u) {
      for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
        const uint64_t a = (uint64_t)word[0][i] * 0xd2511f53u, b = (uint64_t)word[2][i] * 0xcd9e8d57u;
        word[0][i] = (uint32_t)(b >> 32) ^ word[1][i] ^ k0;
        word[1][i] = (uint32_t)b;
        word[2][i] = (uint32_t)(a >> 32) ^ word[3][i] ^ k1;
        word[3][i] = (uint32_t)a;
      }
    }
  }
};

/** Where outputs pass upwards: 0 behind the embedding, k + 1 behind layer k. */
struct DropoutSite {
  int number, units;
  uint8_t* keep_TUB;  // 1: kept

  const uint8_t* at(int t, int unit, int B) const { return keep_TUB + ((size_t)t * units + unit) * B; }
};

struct Dropout {
  uint32_t seed, threshold;
  float scale;

  static Dropout of(double probability, uint32_t seed) {
    return {seed, (uint32_t)(probability * 65536 + 0.5), (float)(1 / (1 - probability))};
  }

  /** The decisions of this thread's share of the steps. */
  void decide(const DropoutSite& site, double batch_index, int steps, int B, const Member& member) const {
    const uint64_t index = (uint64_t)batch_index;
    const Range mine = member.share(steps);
    for (int t = mine.first; t < mine.end; t++) {
      for (int u = 0; u < site.units; u += BLOCKS_AT_ONCE) {
        const int units = site.units - u < BLOCKS_AT_ONCE ? site.units - u : BLOCKS_AT_ONCE;
        for (int b = 0; b < B; b += SEQUENCES_PER_BLOCK) {
          PhiloxBlocks blocks;
          for (int i = 0; i < BLOCKS_AT_ONCE; i++) {
            blocks.word[0][i] = (uint32_t)site.number << 20 | (uint32_t)t;
            blocks.word[1][i] = (uint32_t)(u + i) << 16 | (uint32_t)(b / SEQUENCES_PER_BLOCK);
            blocks.word[2][i] = (uint32_t)index;
            blocks.word[3][i] = (uint32_t)(index >> 32);
          }
          blocks.scramble(seed, PHILOX_STREAM_DROPOUT);
          for (int i = 0; i < units; i++) {
            uint8_t* keep = site.keep_TUB + ((size_t)t * site.units + u + i) * B + b;
            for (int s = 0; s < SEQUENCES_PER_BLOCK && b + s < B; s++) {
              keep[s] = (blocks.word[s / 2][i] >> (s % 2 * 16) & 0xffff) >= threshold;
            }
          }
        }
      }
    }
  }

  /** A row of B lanes: what is kept, divided by 1 - p. */
  INLINE void apply(const uint8_t* keep, int B, const float* from, float* to) const {
    for (int b = 0; b < B; b++) to[b] = keep[b] ? from[b] * scale : 0.0f;
  }
};

}  // namespace IRNN_NAMESPACE
