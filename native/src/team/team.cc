#include "team/team.h"

#include <pthread.h>
#include <stdlib.h>

#include "team/denormals.hpp"

namespace {

/** About 50 microseconds; a pause takes some 40 cycles on current processors. */
constexpr int SPINS = 4000;

inline void pause_briefly() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

/** A number that only grows, and threads that wait for it to move on. */
struct Signal {
  alignas(64) unsigned value;
  unsigned sleepers;
  pthread_mutex_t mutex;
  pthread_cond_t changed;

  void open() {
    value = sleepers = 0;
    pthread_mutex_init(&mutex, nullptr);
    pthread_cond_init(&changed, nullptr);
  }
  void close() {
    pthread_cond_destroy(&changed);
    pthread_mutex_destroy(&mutex);
  }
  unsigned now() { return __atomic_load_n(&value, __ATOMIC_ACQUIRE); }

  /**
   * Sequentially consistent, as the two accesses in `wait` are: either the sleeper sees the new value, or we
   * see the sleeper.
   */
  void advance() {
    __atomic_fetch_add(&value, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&sleepers, __ATOMIC_SEQ_CST) == 0) return;
    pthread_mutex_lock(&mutex);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&mutex);
  }
  void wait(unsigned seen) {
    for (int spin = 0; spin < SPINS; spin++) {
      if (now() != seen) return;
      pause_briefly();
    }
    pthread_mutex_lock(&mutex);
    __atomic_fetch_add(&sleepers, 1, __ATOMIC_SEQ_CST);
    while (__atomic_load_n(&value, __ATOMIC_SEQ_CST) == seen) pthread_cond_wait(&changed, &mutex);
    __atomic_fetch_sub(&sleepers, 1, __ATOMIC_SEQ_CST);
    pthread_mutex_unlock(&mutex);
  }
};

}  // namespace

struct Team {
  Signal begin, barrier;
  alignas(64) int arrived;
  int count, started;
  bool closing;
  void (*task)(void*, int);
  void* argument;
  struct Thread {
    Team* team;
    int index;
    pthread_t id;
  }* threads;
};

namespace {

void* work(void* data) {
  const Team::Thread* self = (Team::Thread*)data;
  Team* team = self->team;
  const FlushDenormals mode;
  for (unsigned seen = 0;; seen++) {
    team->begin.wait(seen);
    if (team->closing) return nullptr;
    team->task(team->argument, self->index);
    team_barrier(team);
  }
}

}  // namespace

Team* team_create(int count) {
  void* memory = nullptr;
  if (posix_memalign(&memory, alignof(Team), sizeof(Team)) != 0) return nullptr;
  Team* team = (Team*)memory;
  team->begin.open();
  team->barrier.open();
  team->arrived = 0;
  team->count = count;
  team->started = 1;
  team->closing = false;
  team->threads = (Team::Thread*)calloc(count, sizeof(Team::Thread));
  for (; team->threads && team->started < count; team->started++) {
    Team::Thread* thread = &team->threads[team->started];
    thread->team = team;
    thread->index = team->started;
    if (pthread_create(&thread->id, nullptr, work, thread) != 0) break;
  }
  if (team->threads && team->started == count) return team;
  team_destroy(team);
  return nullptr;
}

void team_destroy(Team* team) {
  team->closing = true;
  team->begin.advance();
  for (int i = 1; i < team->started; i++) pthread_join(team->threads[i].id, nullptr);
  team->begin.close();
  team->barrier.close();
  free(team->threads);
  free(team);
}

int team_size(const Team* team) { return team->count; }

void team_run(Team* team, void (*task)(void*, int), void* argument) {
  if (team->count == 1) return task(argument, 0);
  team->task = task;
  team->argument = argument;
  team->begin.advance();
  task(argument, 0);
  team_barrier(team);
}

void team_barrier(Team* team) {
  if (team->count == 1) return;
  const unsigned seen = team->barrier.now();
  if (__atomic_add_fetch(&team->arrived, 1, __ATOMIC_ACQ_REL) < team->count) return team->barrier.wait(seen);
  __atomic_store_n(&team->arrived, 0, __ATOMIC_RELAXED);
  team->barrier.advance();
}
