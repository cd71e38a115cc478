// A team of one, for WebAssembly: its instances have no threads.
#include <stdlib.h>

#include "team/team.h"

struct Team {};

Team* team_create(int count) { return count == 1 ? (Team*)malloc(sizeof(Team)) : nullptr; }

void team_destroy(Team* team) { free(team); }

int team_size(const Team*) { return 1; }

void team_run(Team*, void (*task)(void* argument, int index), void* argument) { task(argument, 0); }

void team_barrier(Team*) {}
