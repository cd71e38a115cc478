// A few threads that work on one training step together. Compiled once, not per instruction set.
//
// A step of a wide layer takes some fifty microseconds and ends with a barrier, so waiting threads spin
// first. They go to sleep when it takes longer: between two training steps, or where other programs want
// the cores.
#pragma once

struct Team;

/** A team of `count` threads, the caller's included; null when the system refuses. */
Team* team_create(int count);
void team_destroy(Team*);
int team_size(const Team*);

/** Calls task(argument, index) on every thread, the caller being 0, and returns when all have finished. */
void team_run(Team*, void (*task)(void* argument, int index), void* argument);

/**
 * Inside a task: returns when every thread has called it. What was written before is visible to all after.
 */
void team_barrier(Team*);
